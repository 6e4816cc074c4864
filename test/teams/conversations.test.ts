import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { listApprovers } from '../../src/domain/approval-rule.ts';
import type { Run } from '../../src/domain/run.ts';
import {
  createConversations,
  type Conversations,
  type ConversationsOptions,
} from '../../src/teams/conversations.ts';
import { sampleProgress, sampleRuns } from '../support/card-gallery.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { approver } from '../support/proposal.ts';
import { LedgerInMemory } from '../support/message-ledger.ts';
import { startConnector, type Connector } from '../support/connector.ts';

let connector: Connector;
let ledger: LedgerInMemory;
let conversations: Conversations;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = {
  now: () => Date.now(),
  sleep: (durationMs: number, signal?: AbortSignal) =>
    delay(durationMs, undefined, signal ? { signal } : {}).catch(() => undefined),
};

beforeEach(async () => {
  connector = await startConnector();
  ledger = new LedgerInMemory();
  conversations = speak();
});
afterEach(async () => {
  await conversations.close();
  await connector.close();
});

function speak(more: Partial<ConversationsOptions> = {}): Conversations {
  return createConversations({
    auth: { mode: 'off' },
    slash: true,
    messages: ledger,
    clock,
    steady: clock,
    log: silent,
    ...more,
  });
}

const thread = '19:chaos@thread.tacv2;messageid=17';

/** The sample in this state, in a conversation of this connector. */
function runIn(state: string): Run {
  const run = sampleRuns[state];
  if (!run) throw new Error(`no sample ${state}`);
  const reference = {
    serviceUrl: connector.serviceUrl,
    channelId: 'msteams',
    bot: { id: 'bot', name: 'Chaos Marshal' },
    conversation: { id: thread, isGroup: true, conversationType: 'channel', name: 'General' },
  };
  return { ...run, origin: { conversationId: '19:chaos@thread.tacv2', reference } };
}

async function untilUnhealthy(): Promise<void> {
  while (conversations.health().ok) await delay(20);
}

const headlines = () =>
  connector.calls.map(({ method, body }) => [
    method,
    toCardTexts(body.attachments?.[0]?.content)[0],
  ]);

describe('the summary of a run', () => {
  const toReportUrl = (runId: string) => `https://chaos.example.com/reports/${runId}`;
  const comparison = {
    change: 'worse',
    now: { good: 90, sent: 100 },
    before: { good: 100, sent: 100 },
    runs: [],
    measured: { difference: -0.1, interval: { lower: -0.15, upper: -0.05 } },
    probability: 0.001,
    episodes: 10,
    neededEpisodes: 3,
    assumesRunsAlike: false,
  } as const;

  test('says how it came out beside earlier ones, and where its report is', async () => {
    await conversations.close();
    conversations = speak({ toReportUrl, compare: () => Promise.resolve(comparison) });
    const run = runIn('held');
    conversations.announcer.runChanged(run);
    await connector.untilCalls(2);
    const cards = connector.calls.map(({ body }) => JSON.stringify(body.attachments?.[0]?.content));
    const summary = cards.find((card) => card.includes('Action.OpenUrl')) ?? '';
    expect(summary).toContain(`"url":"${toReportUrl(run.id)}"`);
    expect(summary).toContain('90\u00A0% good under the fault, 10.0 points less');
  });

  test('is given without the earlier ones when they cannot be read, and without a link where there is none', async () => {
    await conversations.close();
    conversations = speak({ compare: () => Promise.reject(new Error('no database')) });
    const card = await conversations.renderSummary(runIn('held'));
    expect(toCardTexts(card)[0]).toBe('✔ Held in this run');
    expect(JSON.stringify(card)).not.toMatch(/Action\.OpenUrl|Compared with earlier runs/);
  });
});

describe('a run in its conversation', () => {
  test('has one card, in the thread where it was proposed, updated in place', async () => {
    conversations.announcer.runChanged(runIn('proposed'));
    await connector.untilCalls(1);
    conversations.announcer.runChanged(runIn('approved'));
    await connector.untilCalls(2);
    expect(headlines()).toEqual([
      ['POST', '◌ Waiting for approval'],
      ['PUT', '✔ Approved, about to begin'],
    ]);
    expect(connector.calls[0]?.path).toBe(
      `/v3/conversations/${encodeURIComponent(thread)}/activities`,
    );
    expect(connector.calls[1]?.path).toMatch(/\/activities\/activity-1$/);
  });

  test('no longer waits in line once it has gone on', async () => {
    conversations.announcer.waits(runIn('approved'), 2);
    await connector.untilCalls(1);
    conversations.announcer.runChanged(runIn('observe'));
    // The queue was read before the run went on.
    conversations.announcer.waits(runIn('approved'), 1);
    await connector.untilCalls(2);
    conversations.announcer.runChanged(runIn('recover'));
    await connector.untilCalls(3);
    expect(headlines()[0]?.[1]).toMatch(/in line/);
    expect(JSON.stringify(headlines().slice(1))).not.toMatch(/in line/);
  });

  test('ends with the card in its last state and the summary beside it, also after a restart', async () => {
    conversations.announcer.runChanged(runIn('observe'));
    await connector.untilCalls(1);
    await conversations.close();
    conversations = speak();
    conversations.announcer.runChanged(runIn('held'));
    await connector.untilCalls(3);
    expect(headlines().slice(1)).toEqual([
      ['PUT', '✔ Held in this run'],
      ['POST', '✔ Held in this run'],
    ]);
    expect(toCardTexts(connector.calls[2]?.body.attachments?.[0]?.content)[1]).toMatch(/^Summary/);
  });

  test('gets a new card when somebody deleted the old one', async () => {
    conversations.announcer.runChanged(runIn('approved'));
    await connector.untilCalls(1);
    connector.failWith(404);
    conversations.announcer.runChanged(runIn('observe'));
    await connector.untilCalls(3);
    conversations.announcer.runChanged(runIn('recover'));
    await connector.untilCalls(4);
    expect(headlines().map(([method]) => method)).toEqual(['POST', 'PUT', 'POST', 'PUT']);
    expect(connector.calls[3]?.path).toMatch(/\/activities\/activity-3$/);
  });

  test.each([412, 429, 502, 503, 504])('is told again after %s, and only once', async (status) => {
    connector.failWith(status);
    conversations.announcer.runChanged(runIn('proposed'));
    await connector.untilCalls(2);
    await delay(100);
    expect(headlines()).toEqual([
      ['POST', '◌ Waiting for approval'],
      ['POST', '◌ Waiting for approval'],
    ]);
    expect(ledger.messages.size).toBe(1);
  });

  test('is told again soon though the time of day was set back by an hour', async () => {
    let backMs = 0;
    await conversations.close();
    conversations = speak({ clock: { ...clock, now: () => Date.now() - backMs } });
    connector.failWith(503);
    conversations.announcer.runChanged(runIn('proposed'));
    await connector.untilCalls(1);
    // It waits for the next attempt by now.
    await delay(300);
    backMs = 3_600_000;
    await connector.untilCalls(2);
    expect(headlines()[1]?.[0]).toBe('POST');
  });

  test.each([401, 500])('is not told again after %s, and the loss is reported', async (status) => {
    connector.failWith(status);
    conversations.announcer.runChanged(runIn('proposed'));
    await untilUnhealthy();
    expect(conversations.health().detail).toMatch(
      new RegExp(
        `^The card of r-7k2mq4 in General was not delivered: Teams answered ${status} \\(`,
      ),
    );
    expect(connector.calls).toHaveLength(1);
  });

  test.each([400, 413])('is told in a shorter form after %s, then as text', async (status) => {
    connector.failWith(status, status);
    conversations.announcer.runChanged(runIn('proposed'));
    await connector.untilCalls(3);
    const [full, short, text] = connector.calls.map(({ body }) => body);
    const sizes = [full, short].map((body) => JSON.stringify(body?.attachments).length);
    expect(sizes[1]).toBeLessThan(sizes[0] ?? 0);
    expect(JSON.stringify(short)).toContain('"verb":"run.approve"');
    expect(text?.attachments).toBeUndefined();
    expect(text?.text).toContain('Waiting for approval');
    expect(conversations.health()).toMatchObject({ name: 'teams', ok: true });
    expect(conversations.health().detail).toContain('was shortened: Teams answered');
  });

  test('is told after one refusal of the conversation, which may be an accident', async () => {
    connector.failWith(403);
    conversations.announcer.runChanged(runIn('proposed'));
    await connector.untilCalls(2);
    conversations.announcer.runChanged(runIn('rejected'));
    await connector.untilCalls(3);
    expect(headlines().at(-1)).toEqual(['PUT', '✖ Rejected']);
  });

  test('is shown in their own way to who proposed it and to who may approve, while it waits', async () => {
    const run = runIn('proposed');
    const reference = { ...run.origin.reference, user: { id: '29:alex', name: 'Alex' } };
    conversations.announcer.runChanged({ ...run, origin: { ...run.origin, reference } });
    await connector.untilCalls(1);
    conversations.announcer.runChanged(runIn('approved'));
    const card = connector.calls[0]?.body.attachments?.[0]?.content as {
      refresh?: { userIds: string[]; action: object };
    };
    const approvers = listApprovers(run.proposal.approvalRule).map(({ id }) => `29:${id}`);
    expect(connector.lookedUp).toEqual(
      listApprovers(run.proposal.approvalRule).map(({ id }) => id),
    );
    expect(card.refresh).toMatchObject({
      userIds: ['29:alex', ...approvers],
      action: { verb: 'run.refresh' },
    });
    await connector.untilCalls(2);
    expect(connector.calls.at(-1)?.body.attachments?.[0]?.content).not.toHaveProperty('refresh');
  });

  test('that was asked for in private is posted for all, as the consequence of the private message', async () => {
    const run = runIn('proposed');
    const reference = { ...run.origin.reference, targetedMessageId: '1700' };
    conversations.announcer.runChanged({ ...run, origin: { ...run.origin, reference } });
    await connector.untilCalls(1);
    expect(connector.calls[0]?.path).not.toContain('isTargetedActivity');
    expect(connector.calls[0]?.body.entities).toEqual(
      expect.arrayContaining([{ type: 'targetedMessageInfo', messageId: '1700' }]),
    );
  });

  test('is told by a post of its own when a guard ends it, once, also after a restart', async () => {
    conversations.announcer.runChanged(runIn('observe'));
    await connector.untilCalls(1);
    conversations.announcer.runChanged(runIn('observe, guard tripped'));
    await connector.untilCalls(3);
    expect(headlines().slice(1)).toEqual([
      ['PUT', '⚡ Ending the fault'],
      ['POST', '✖ Aborting'],
    ]);
    const alert = connector.calls[2]?.body.attachments?.[0]?.content as { msteams: object };
    expect(alert.msteams).toMatchObject({
      entities: [{ type: 'mention' }, { type: 'mention' }],
    });
    await conversations.close();
    conversations = speak();
    conversations.announcer.runChanged(runIn('observe, guard tripped'));
    await connector.untilCalls(4);
    await delay(300);
    expect(headlines().slice(3)).toEqual([['PUT', '⚡ Ending the fault']]);
  });

  test('is not told again when the connection broke after the post had left, until it changes', async () => {
    connector.failWith(0);
    conversations.announcer.runChanged(runIn('proposed'));
    await connector.untilCalls(1);
    await delay(2_000);
    expect(connector.calls).toHaveLength(1);
    conversations.announcer.runChanged(runIn('approved'));
    await connector.untilCalls(2);
    expect(headlines().at(-1)).toEqual(['POST', '✔ Approved, about to begin']);
  });

  test('is brought up to date again when the connection broke after the update had left', async () => {
    conversations.announcer.runChanged(runIn('proposed'));
    await connector.untilCalls(1);
    connector.failWith(0);
    conversations.announcer.runChanged(runIn('approved'));
    await connector.untilCalls(3);
    expect(headlines().slice(1)).toEqual([
      ['PUT', '✔ Approved, about to begin'],
      ['PUT', '✔ Approved, about to begin'],
    ]);
  });

  test('shows the newest numbers and never an older state', async () => {
    const observing = runIn('observe');
    conversations.announcer.runChanged(observing);
    await connector.untilCalls(1);
    for (let good = 401; good <= 421; good += 1) {
      const { predictions } = sampleProgress(observing);
      conversations.announcer.progressed(
        observing,
        sampleProgress(observing, { predictions: { ...predictions, good } }),
      );
    }
    conversations.announcer.runChanged(runIn('recover'));
    await connector.untilCalls(2);
    conversations.announcer.progressed(observing, sampleProgress(observing));
    await connector.untilCalls(3);
    expect(headlines().slice(1)).toEqual([
      ['PUT', '↻ Fault gone, recovering'],
      ['PUT', '↻ Fault gone, recovering'],
    ]);
  });
});

describe('who is in a channel', () => {
  const origin = () => runIn('proposed').origin;

  test('is asked again for the next proposal when an approver was missing', async () => {
    let skippedMs = 0;
    await conversations.close();
    conversations = speak({ steady: { ...clock, now: () => Date.now() + skippedMs } });
    const run = runIn('proposed');
    const approvers = listApprovers(run.proposal.approvalRule);
    for (const { id } of approvers) connector.absent.set(id, 'gone');
    conversations.announcer.runChanged(run);
    await connector.untilCalls(1);
    expect(conversations.unreachedOf(run.id)).toBe('no-member');
    connector.absent.clear();
    skippedMs = 2 * 60_000;
    conversations.announcer.runChanged(run);
    await connector.untilCalls(2);
    expect(conversations.unreachedOf(run.id)).toBeUndefined();
  });

  test('is asked of Teams each time', async () => {
    expect(await conversations.roster.isMember(origin(), approver)).toBe(true);
    connector.absent.set(approver.id, 'gone');
    expect(await conversations.roster.isMember(origin(), approver)).toBe(false);
    expect(connector.lookedUp).toEqual([approver.id, approver.id]);
  });

  test('is unknown, and nobody, when Teams cannot say', async () => {
    connector.absent.set(approver.id, 'unknown');
    await expect(conversations.roster.isMember(origin(), approver)).rejects.toMatchObject({
      code: 'membership-unknown',
    });
  });
});
