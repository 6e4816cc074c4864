import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunId } from '../../../src/domain/ids.ts';
import type { Run } from '../../../src/domain/run.ts';
import { createConversations, type Conversations } from '../../../src/teams/conversations.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';
import { sampleProgress, sampleRuns } from '../../support/card-gallery.ts';
import type { Mishap } from '../../support/composed/front.ts';
import { startTeams, type Teams } from '../../support/composed/teams.ts';
import { LedgerInMemory } from '../../support/message-ledger.ts';

/** What Teams answers, and what comes of a message that it refuses so once, and for good. */
const refusals = [
  ['400', 'said', 'lost'],
  ['401', 'lost', 'lost'],
  ['403', 'said', 'waits'],
  ['404', 'lost', 'lost'],
  ['412', 'said', 'lost'],
  ['413', 'said', 'lost'],
  ['429', 'said', 'lost'],
  ['500', 'lost', 'lost'],
  ['502', 'said', 'lost'],
  ['503', 'said', 'lost'],
  ['504', 'said', 'lost'],
  ['break', 'lost', 'lost'],
] as const;

type Kind = {
  /** The state of the run before. */
  readonly before: string;
  readonly provoke: (say: Conversations['announcer'], run: (state: string) => Run) => void;
  readonly shows: RegExp;
};

/** Posts about a run whose card stands already. */
const kinds: Readonly<Record<string, Kind>> = {
  'abort alert': {
    before: 'observe',
    provoke: (say, run) => say.runChanged(run('observe, guard tripped')),
    shows: /✖ Aborting/,
  },
  reminder: {
    before: 'proposed',
    provoke: (say, run) => say.remind(run('proposed')),
    shows: /expires in/i,
  },
  summary: {
    before: 'observe',
    provoke: (say, run) => say.runChanged(run('held')),
    shows: /^Summary .+/m,
  },
};

const factor = 200;
const clock = createAcceleratedClock(factor);
const lost = new Map<string, number>();
const log = {
  info: () => undefined,
  error: () => undefined,
  warn(fields: Readonly<Record<string, unknown>>, message: string) {
    const id = String(fields['conversationId']);
    if (message === 'A message was not delivered.') lost.set(id, (lost.get(id) ?? 0) + 1);
  },
};

let teams: Teams;
let conversations: Conversations;
const toName = (kind: string, refusal: string, times: string) =>
  `19:${kind.replace(' ', '-')}-${refusal}-${times}`;

beforeAll(async () => {
  teams = await startTeams();
  conversations = createConversations({
    auth: { mode: 'off' },
    slash: true,
    messages: new LedgerInMemory(),
    clock,
    steady: clock,
    log,
    limits: { thread: [], app: [] },
  });
  await Promise.all(
    Object.entries(kinds).flatMap(([name, kind]) =>
      refusals.flatMap(([refusal, ...outcomes]) =>
        ['once', 'for good'].map((times, index) =>
          play({ name, kind, refusal, times, outcome: outcomes[index] ?? '' }),
        ),
      ),
    ),
  );
});
afterAll(async () => {
  await conversations.close();
  await teams.close();
});

function toMishap(refusal: string): Mishap {
  if (refusal === 'break') return 'break';
  const headers: Record<string, string> = refusal === '429' ? { 'retry-after': '60' } : {};
  return { status: Number(refusal), body: { error: { code: 'Refused', message: '' } }, headers };
}

const saidIn = (conversationId: string, shows: RegExp) =>
  teams.said().filter((said) => said.conversationId === conversationId && shows.test(said.text))
    .length;
const postsTo = (conversationId: string) =>
  teams.connector.find(`POST /v3/conversations/${encodeURIComponent(conversationId)}/`).length;

type Play = { name: string; kind: Kind; refusal: string; times: string; outcome: string };

/** Refuses what is posted about a run until something has come of it. */
async function play({ name, kind, refusal, times, outcome }: Play): Promise<void> {
  const conversationId = toName(name, refusal, times);
  const run = (state: string) => toRun(state, conversationId);
  conversations.announcer.runChanged(run(kind.before));
  await until(() => postsTo(conversationId) === 1 && saidIn(conversationId, /./) === 1);
  teams.connector.refuse(
    `POST /v3/conversations/${encodeURIComponent(conversationId)}/`,
    toMishap(refusal),
    times === 'once' ? 1 : Infinity,
  );
  kind.provoke(conversations.announcer, run);
  if (outcome === 'said') await until(() => saidIn(conversationId, kind.shows) === 1);
  if (outcome === 'lost') await until(() => lost.has(conversationId));
  if (outcome === 'waits') await until(() => postsTo(conversationId) >= 6);
}

async function until(condition: () => boolean): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; !condition() && Date.now() < giveUpAt;)
    await delay(20);
}

let count = 0;
const ids = new Map<string, RunId>();

function toRun(state: string, conversationId: string): Run {
  const run = sampleRuns[state];
  if (!run) throw new Error(`no sample ${state}`);
  count += 1;
  const id = ids.get(conversationId) ?? (`r-${String(count).padStart(6, '0')}` as RunId);
  ids.set(conversationId, id);
  const reference = {
    serviceUrl: teams.connector.url,
    channelId: 'msteams',
    bot: { id: 'bot', name: 'Chaos Marshal' },
    conversation: { id: conversationId, isGroup: true, conversationType: 'channel', name: '' },
  };
  return { ...run, id, origin: { conversationId, reference } };
}

describe.each(Object.keys(kinds))('the %s', (name) => {
  const shows = kinds[name]?.shows ?? /./;

  const onceRefused = refusals.map(([refusal, outcome]) => [refusal, outcome] as const);
  test.each(onceRefused)('that Teams answers with %s once is %s', (refusal, outcome) => {
    const conversationId = toName(name, refusal, 'once');
    expect(saidIn(conversationId, shows)).toBe(outcome === 'said' ? 1 : 0);
    expect(lost.get(conversationId) ?? 0).toBe(outcome === 'said' ? 0 : 1);
  });

  const alwaysRefused = refusals.map(([refusal, , outcome]) => [refusal, outcome] as const);
  test.each(alwaysRefused)('that Teams answers with %s for good: %s', (refusal, outcome) => {
    const conversationId = toName(name, refusal, 'for good');
    expect(saidIn(conversationId, shows)).toBe(0);
    expect(lost.get(conversationId) ?? 0).toBe(outcome === 'lost' ? 1 : 0);
    expect(postsTo(conversationId)).toBeLessThan(120);
  });
});

test('the live card shows the next state of the run, whatever Teams answered to its numbers', async () => {
  const conversationsOf = refusals.map(([refusal]) => [`19:live-${refusal}`, refusal] as const);
  const runIn = (state: string, conversationId: string) => toRun(state, conversationId);
  for (const [id] of conversationsOf) conversations.announcer.runChanged(runIn('observe', id));
  await until(() => conversationsOf.every(([id]) => saidIn(id, /./) === 1));
  for (const [id, refusal] of conversationsOf) {
    const which = `PUT /v3/conversations/${encodeURIComponent(id)}/`;
    teams.connector.refuse(which, toMishap(refusal));
    const run = runIn('observe', id);
    conversations.announcer.progressed(run, sampleProgress(run));
  }
  const putsTo = (id: string) =>
    teams.connector.find(`PUT /v3/conversations/${encodeURIComponent(id)}/`).length;
  await until(() => conversationsOf.every(([id]) => putsTo(id) > 0));
  teams.connector.heal();
  for (const [id] of conversationsOf) {
    conversations.enter(id);
    conversations.announcer.runChanged(runIn('recover', id));
  }
  const shown = () => conversationsOf.filter(([id]) => saidIn(id, /recovering/) > 0);
  await until(() => shown().length === conversationsOf.length);
  expect(shown()).toEqual(conversationsOf);
});
