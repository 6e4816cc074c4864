import { beforeEach, expect, test } from '@jest/globals';
import { AppTurns } from '../../../src/teams/outbound/app-turns.ts';
import type { Urgency } from '../../../src/teams/outbound/message.ts';
import { OutboundQueue } from '../../../src/teams/outbound/outbound-queue.ts';
import { appLimits, SendLimits, threadLimits } from '../../../src/teams/outbound/send-limits.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let clock: VirtualClock;
let sent: { conversation: string; text: string; at: number }[];
let say: (conversation: string, text: string, urgency?: Urgency) => void;

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  const nothing = () => undefined;
  const listener = {
    lost: nothing,
    delayed: nothing,
    silenced: nothing,
    emptied: nothing,
    delivered: nothing,
    left: nothing,
  };
  const options = {
    clock,
    log: { info: nothing, warn: nothing, error: nothing },
    classify: () => ({ kind: 'give-up' }) as const,
    threadLimits,
    appTurns: new AppTurns(new SendLimits(appLimits), clock),
    listener,
  };
  const queues = new Map<string, OutboundQueue>();
  say = (conversation, text, urgency = 'say') => {
    const queue = queues.get(conversation) ?? new OutboundQueue(options);
    queues.set(conversation, queue);
    const send = () => {
      sent.push({ conversation, text, at: clock.now() });
      return Promise.resolve();
    };
    queue.push({ key: text, urgency, what: text, send });
  };
});

test('an answer to a stop does not wait behind the answers of 3,000 other conversations', async () => {
  for (let number = 0; number < 3_000; number += 1) say(`${number}`, 'answer');
  await clock.run(() => sent.length > 100);
  const askedAt = clock.now();
  say('stop', 'stopping', 'stop');
  await clock.run(() => sent.some(({ text }) => text === 'stopping'));
  const answer = sent.find(({ text }) => text === 'stopping');
  expect(answer?.at).toBe(askedAt);
  expect(sent.length).toBeLessThan(200);
});

test('an answer to a stop passes the answers that wait in its own conversation for their turn', async () => {
  for (let number = 0; number < 300; number += 1) say(`${number}`, 'answer');
  say('stop', 'answer');
  await clock.run(() => sent.length > 40);
  say('stop', 'stopping', 'stop');
  await clock.run();
  const texts = sent.filter(({ conversation }) => conversation === 'stop').map(({ text }) => text);
  expect(texts).toEqual(['stopping', 'answer']);
  expect(sent.findIndex(({ text }) => text === 'stopping')).toBeLessThan(80);
});

test('answers go before the live numbers of other conversations', async () => {
  for (let number = 0; number < 300; number += 1) say(`live ${number}`, 'numbers', 'live');
  await clock.run(() => sent.length > 20);
  say('asked', 'answer');
  await clock.run();
  expect(sent.findIndex(({ text }) => text === 'answer')).toBeLessThan(60);
});

test('conversations take turns: one with much to say does not hold up the others', async () => {
  for (let number = 0; number < 100; number += 1) say('talkative', `answer ${number}`);
  for (let number = 0; number < 50; number += 1) say(`${number}`, 'answer');
  await clock.run();
  const last = sent.findLastIndex(({ text }) => text === 'answer');
  const before = sent.slice(0, last).filter(({ conversation }) => conversation === 'talkative');
  expect(before.length).toBeLessThan(15);
});

test('the limit of the app is kept', async () => {
  for (let number = 0; number < 500; number += 1)
    say(`${number}`, 'answer', number % 7 === 0 ? 'stop' : 'say');
  await clock.run();
  expect(sent).toHaveLength(500);
  for (const [index, { at }] of sent.entries()) {
    const before = sent[index - 30];
    if (before) expect(at - before.at).toBeGreaterThanOrEqual(1_000);
  }
});
