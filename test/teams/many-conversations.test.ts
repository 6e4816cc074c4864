import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { RunId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import { createConversations, type Conversations } from '../../src/teams/conversations.ts';
import { sampleProgress, sampleRuns } from '../support/card-gallery.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { LedgerInMemory } from '../support/message-ledger.ts';
import { startStrictConnector } from '../support/strict-connector.ts';

const runCount = 100;
const conversationCount = 20;
const clock = {
  now: () => Date.now(),
  sleep: (durationMs: number, signal?: AbortSignal) =>
    delay(durationMs, undefined, signal ? { signal } : {}).catch(() => undefined),
};
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Numbers in [0, 1) that are the same in every run of the test (a linear congruential generator). */
function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const conversationOf = (index: number) => `19:c${index % conversationCount}@thread.tacv2`;

function toRun(state: string, index: number, serviceUrl: string): Run {
  const run = sampleRuns[state];
  if (!run) throw new Error(`no sample ${state}`);
  const conversationId = conversationOf(index);
  const reference = {
    serviceUrl,
    channelId: 'msteams',
    bot: { id: 'bot', name: 'Chaos Marshal' },
    conversation: { id: conversationId, isGroup: true, conversationType: 'channel', name: '' },
  };
  const id = `r-${String(index).padStart(6, '0')}` as RunId;
  return { ...run, id, origin: { conversationId, reference } };
}

/** A run as the conduct tells it: its phases, and numbers every half second of the fault. */
async function conduct(index: number, say: Conversations['announcer'], serviceUrl: string) {
  const at = (state: string) => toRun(state, index, serviceUrl);
  say.runChanged(at('approved'));
  say.runChanged(at('baseline'));
  await delay(500 + index * 10);
  say.runChanged(at('observe'));
  for (let number = 0; number < 16; number += 1) {
    say.progressed(at('observe'), { ...sampleProgress(at('observe')), at: Date.now() });
    await delay(500);
  }
  say.runChanged(at('recover'));
  await delay(500);
  say.runChanged(at('held'));
}

test('100 runs in 20 conversations at once break no limit, and each ends with its card and its summary right', async () => {
  const chance = createChance(20_261_123);
  const connector = await startStrictConnector(chance);
  const ledger = new LedgerInMemory();
  const conversations = createConversations({
    auth: { mode: 'off' },
    slash: true,
    messages: ledger,
    clock,
    steady: clock,
    log: silent,
  });
  const indexes = Array.from({ length: runCount }, (_, index) => index);
  const standing = () =>
    indexes
      .slice(0, conversationCount)
      .flatMap((index) =>
        connector.cardsIn(conversationOf(index)).map((card) => toCardTexts(card)),
      );
  const isFinal = () =>
    standing().length >= 2 * runCount &&
    standing().every(([headline]) => headline === '✔ Held in this run');
  try {
    await Promise.all(
      indexes.map((index) => conduct(index, conversations.announcer, connector.serviceUrl)),
    );
    while (!isFinal()) await delay(500);
    await delay(2_000);
    expect(connector.broken).toEqual([]);
    // One card and one summary for each run, and all say how it ended.
    expect(standing()).toHaveLength(2 * runCount);
    expect(new Set(standing().map((texts) => texts[1])).size).toBe(2 * runCount);
    expect(ledger.messages.size).toBe(2 * runCount);
    const { calls, failed } = connector.counts();
    expect(failed).toBeGreaterThan(calls / 20);
  } finally {
    await conversations.close();
    await connector.close();
  }
});
