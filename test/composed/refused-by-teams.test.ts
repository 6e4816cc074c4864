import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readData, startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import type { Mishap } from '../support/composed/front.ts';
import {
  alex,
  botId,
  priya,
  tenantId,
  type Said,
  type TeamsPerson,
} from '../support/composed/teams.ts';

/** What Teams answers, and what may come of a message that it refuses so: sent again, sent in a plainer form, posted anew, or lost and reported. */
const refusals = [
  ['400', 'plainer'],
  ['401', 'lost'],
  ['403', 'again'],
  ['404', 'gone'],
  ['412', 'again'],
  ['413', 'plainer'],
  ['429', 'again'],
  ['500', 'lost'],
  ['502', 'again'],
  ['503', 'again'],
  ['504', 'again'],
  ['break', 'unknown'],
] as const;
type Outcome = (typeof refusals)[number][1];

/** How often a case is refused: once, for a while, and until everything is healed. */
const durations = { once: 1, 'three times': 3, 'until it is healed': Infinity } as const;
type Duration = keyof typeof durations;
const durationsOf = (kind: string) =>
  // A proposal takes the bot longer than all the rest.
  (Object.keys(durations) as Duration[]).filter(
    (duration) => duration !== 'three times' || !['proposal', 'changed card'].includes(kind),
  );

type Case = {
  readonly kind: string;
  readonly method: 'POST' | 'PUT';
  readonly refusal: string;
  readonly outcome: Outcome;
  readonly duration: Duration;
  readonly conversationId: string;
  readonly person: TeamsPerson;
};

const posts = ['proposal', 'answer', 'answer to a stop', 'welcome'] as const;
const cases: readonly Case[] = [...posts, 'changed card'].flatMap((kind) =>
  refusals.flatMap(([refusal, outcome]) =>
    durationsOf(kind).map((duration) => ({
      kind,
      method: kind === 'changed card' ? ('PUT' as const) : ('POST' as const),
      refusal,
      outcome,
      duration,
      conversationId: `19:${[kind, refusal, duration].join('-').replaceAll(' ', '-')}@thread.tacv2`,
      person: { aadObjectId: randomUUID(), name: 'Alex Kim' },
    })),
  ),
);

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: (catalogue) => {
      catalogue['roles'] = { team: { channelMembers: true } };
      catalogue.approvals = { from: ['team'], quorum: 1, expiresAfter: '30m' };
    },
  });
  await playAll();
});
afterAll(() => bot.close());

function toMishap(refusal: string): Mishap {
  if (refusal === 'break' || refusal === 'hang') return refusal;
  return {
    status: Number(refusal),
    body: { error: { code: 'Refused', message: 'by the test' } },
    headers: refusal === '429' ? { 'retry-after': '1' } : {},
  };
}

/** Clicks of approvers on one proposal while Teams does not say whether they are members. */
const lookUps = [...refusals.map(([refusal]): string => refusal), 'hang'].map((refusal) => ({
  refusal,
  approver: { aadObjectId: randomUUID(), name: 'Kim' },
}));
const once = { refusal: '503', approver: { aadObjectId: randomUUID(), name: 'Kim' } };
const lookUpConversation = { conversationId: '19:members@thread.tacv2' };
/** What is told of the look-ups, in answers to the clicks and in the conversation. */
const tellLookUps = () => [
  ...answers.map((answer) => JSON.stringify(answer)),
  ...saidIn(lookUpConversation.conversationId).map(({ text }) => text),
];
const answers: unknown[] = [];

async function playLookUps(): Promise<void> {
  const { conversationId } = lookUpConversation;
  await propose(alex, lookUpConversation);
  await until(
    () => saidIn(conversationId).length > 0,
    () => conversationId,
  );
  const data = readData(saidIn(conversationId)[0]?.body, 'run.approve') ?? {};
  const click = async ({ refusal, approver }: typeof once, times: number) => {
    bot.connector.refuse(lookUpsOf(approver), toMishap(refusal), times);
    const answer = await bot.click(
      'run.approve',
      data,
      approver,
      inConversation(lookUpConversation),
    );
    answers.push(answer.body);
  };
  await Promise.all(lookUps.map((one) => click(one, Infinity)));
  const unknown = () => tellLookUps().filter((told) => told.includes('whether you are a member'));
  await until(
    () => unknown().length === lookUps.length,
    () => tellLookUps().join('\n'),
  );
  await click(once, 1);
  await until(
    () => !saidIn(conversationId)[0]?.text.includes('Waiting for approval'),
    () => tellLookUps().join('\n'),
  );
}

const lookUpsOf = ({ aadObjectId }: TeamsPerson) =>
  `GET /v3/${pathOf(lookUpConversation.conversationId)}members/${aadObjectId}`;

const pathOf = (conversationId: string) => `conversations/${encodeURIComponent(conversationId)}/`;
const saidIn = (conversationId: string): readonly Said[] =>
  bot.said().filter((said) => said.conversationId === conversationId);
const callsTo = ({ method, conversationId }: Case) =>
  bot.connector.find(`${method} /v3/${pathOf(conversationId)}`);
const isLost = ({ conversationId }: Case) =>
  bot.logged.some(
    ({ msg, ...fields }) =>
      msg === 'A message was not delivered.' && fields['conversationId'] === conversationId,
  );

function refuse({ method, conversationId, refusal, duration }: Case): void {
  const which = `${method} /v3/${pathOf(conversationId)}activities`;
  bot.connector.refuse(which, toMishap(refusal), durations[duration]);
}

const inConversation = ({ conversationId }: Pick<Case, 'conversationId'>) => ({
  conversation: { id: conversationId, tenantId, conversationType: 'channel', isGroup: true },
});

/** Makes the bot say what the case is about. */
async function provoke(one: Case): Promise<void> {
  const say = (text: string) => bot.say(text, one.person, inConversation(one));
  switch (one.kind) {
    case 'proposal':
      return propose(one.person, one);
    case 'answer':
      return void (await say('status'));
    case 'answer to a stop':
      return void (await say('stop'));
    case 'welcome':
      return void (await bot.deliver(
        bot.activity(one.person, {
          type: 'conversationUpdate',
          membersAdded: [{ id: `28:${botId}` }],
          ...inConversation(one),
        }),
      ));
    default:
      return reject(one);
  }
}

let proposing: Promise<void> = Promise.resolve();

/** Proposes in one conversation after the other: all at once would be too much for a slow machine. */
function propose(person: TeamsPerson, where: Pick<Case, 'conversationId'>): Promise<void> {
  proposing = proposing.then(() => proposeNow(person, where));
  return proposing;
}

async function proposeNow(person: TeamsPerson, where: Pick<Case, 'conversationId'>) {
  await bot.say('run pod-failure', person, inConversation(where));
  await bot.connector.until(`POST /v3/${pathOf(where.conversationId)}`, 1);
}

/** Proposes, then has somebody else reject it, which updates the card. */
async function reject(one: Case): Promise<void> {
  await propose(one.person, one);
  await until(
    () => saidIn(one.conversationId).length > 0,
    () => one.conversationId,
  );
  refuse(one);
  const data = readData(saidIn(one.conversationId)[0]?.body, 'run.reject');
  await bot.click('run.reject', data ?? {}, priya, inConversation(one));
}

/** Whether nothing more happens while the refusals last. */
function isSettled(one: Case): boolean {
  if (callsTo(one).length === 0) return false;
  if (isLost(one)) return true;
  const isForGood =
    one.duration === 'until it is healed' || (one.refusal === '403' && one.duration !== 'once');
  if (isForGood && !['plainer', 'gone'].includes(one.outcome)) return callsTo(one).length >= 3;
  return isSaid(one);
}

/** Whether the message stands in its conversation. */
function isSaid(one: Case): boolean {
  const said = saidIn(one.conversationId);
  if (one.method === 'POST') return said.length > 0;
  return said.some(({ text }) => /Rejected/.test(text));
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  for (const giveUpAt = Date.now() + 90_000; !condition(); await delay(50))
    if (Date.now() > giveUpAt) throw new Error(`Not within 90 s: ${what()}`);
}

const callsBeforeHealing = new Map<Case, number>();

/** All cases at once, each in a conversation of its own; then Teams is well again, and each conversation is heard from. */
async function playAll(): Promise<void> {
  for (const one of cases) if (one.method === 'POST') refuse(one);
  await Promise.all([...cases.map(provoke), playLookUps()]);
  await until(
    () => cases.every(isSettled),
    () =>
      cases
        .filter((one) => !isSettled(one))
        .map(({ conversationId }) => conversationId)
        .join(),
  );
  for (const one of cases) callsBeforeHealing.set(one, callsTo(one).length);
  bot.connector.heal();
  await Promise.all(
    cases.map((one) =>
      bot.deliver(
        bot.activity(one.person, {
          type: 'conversationUpdate',
          membersAdded: [{ id: '29:somebody' }],
          ...inConversation(one),
        }),
      ),
    ),
  );
  const isOver = (one: Case) => isLost(one) || isSaid(one);
  await until(
    () => cases.every(isOver),
    () =>
      cases
        .filter((one) => !isOver(one))
        .map(({ conversationId }) => conversationId)
        .join(),
  );
}

/** Whether the message gets through in the end. */
function getsThrough({ outcome, duration, method }: Case): boolean {
  if (outcome === 'again') return true;
  if (outcome === 'plainer') return duration === 'once';
  if (outcome === 'unknown' || outcome === 'gone') return method === 'PUT';
  return false;
}

describe.each([...posts, 'changed card'])('%s', (kind) => {
  const mine = cases.filter((one) => one.kind === kind);

  test.each(mine.filter(getsThrough).map((one) => [one.refusal, one.duration, one] as const))(
    'that Teams answers with %s %s is said exactly once',
    (_refusal, _duration, one) => {
      expect(isSaid(one)).toBe(true);
      expect(isLost(one)).toBe(false);
      expect(saidIn(one.conversationId)).toHaveLength(one.outcome === 'gone' ? 2 : 1);
    },
  );

  test.each(
    mine.filter((one) => !getsThrough(one)).map((one) => [one.refusal, one.duration, one] as const),
  )('that Teams answers with %s %s is reported as lost', (_refusal, _duration, one) => {
    expect(isLost(one)).toBe(true);
    const mostCalls = one.outcome === 'plainer' ? 3 : 1;
    expect(callsTo(one).length).toBeLessThanOrEqual(mostCalls);
  });

  test('is not hammered while Teams refuses it', () => {
    // With 429, Teams asks for a call each second.
    const unasked = mine.filter(({ refusal }) => refusal !== '429');
    const most = Math.max(...unasked.map((one) => callsBeforeHealing.get(one) ?? 0));
    expect(most).toBeLessThan(20);
  });
});

test('health names what could not be said', async () => {
  await bot.say('health', cases[0]?.person);
  const health = await bot.untilSaid(/teams/);
  expect(health.text).toMatch(
    /was not delivered: Teams answered (400|401|404|413|500) \(Refused\)/,
  );
});

describe('a member look-up', () => {
  test('that Teams does not answer approves nothing, and nobody is called a stranger', () => {
    expect(tellLookUps().join()).not.toMatch(/not among the approvers/);
    for (const { approver } of lookUps)
      expect(bot.connector.find(lookUpsOf(approver)).length).toBeGreaterThan(0);
  });

  test('that Teams answers with 503 once is repeated', () => {
    expect(bot.connector.find(lookUpsOf(once.approver))).toHaveLength(2);
  });
});

test('an answer to a stop does not wait behind the answers of 300 other conversations', async () => {
  const ask = (text: string, conversationId: string) =>
    bot.say(text, { aadObjectId: randomUUID(), name: 'Kim' }, inConversation({ conversationId }));
  const crowd = Array.from({ length: 300 }, (_, number) => `19:crowd-${number}@thread.tacv2`);
  await Promise.all(crowd.map((conversationId) => ask('help', conversationId)));
  await ask('stop', '19:stop@thread.tacv2');
  const before = bot.connector.find('19%3Acrowd').length;
  await bot.connector.until('19%3Astop');
  const meanwhile = bot.connector.find('19%3Acrowd').length - before;
  // What Teams takes in two seconds from one app.
  expect(meanwhile).toBeLessThan(60);
});
