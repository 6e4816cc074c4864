import { expect, test } from '@jest/globals';
import { OutboundQueues } from '../../../src/teams/outbound/outbound-queues.ts';
import { appLimits, threadLimits } from '../../../src/teams/outbound/send-limits.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const hourMs = 3_600_000;

function createQueues(clock: VirtualClock) {
  const nothing = () => undefined;
  return new OutboundQueues({
    clock,
    steady: clock,
    log: { info: nothing, warn: nothing, error: nothing },
    limits: { thread: threadLimits, app: appLimits },
  });
}

const toOrigin = (conversationId: string) => ({ conversationId, reference: {} });
const message = { key: 'a', urgency: 'say', what: 'a', send: () => Promise.resolve() } as const;

test('idle conversations are forgotten once their hour is over, and those that speak are not', async () => {
  const clock = new VirtualClock();
  const queues = createQueues(clock);
  for (let number = 0; number < 1_000; number += 1) queues.push(toOrigin(`${number}`), message);
  await clock.run();
  await clock.sleepThrough(hourMs / 2);
  queues.push(toOrigin('0'), message);
  expect(queues.size).toBe(1_000);
  await clock.sleepThrough(hourMs * 0.75);
  queues.push(toOrigin('0'), message);
  expect(queues.size).toBe(1);
});

test('a conversation that the bot was removed from is remembered for a day', async () => {
  const clock = new VirtualClock();
  const queues = createQueues(clock);
  queues.leave('left');
  await clock.sleepThrough(2 * hourMs);
  queues.push(toOrigin('other'), message);
  expect(queues.size).toBe(2);
  await clock.sleepThrough(23 * hourMs);
  queues.push(toOrigin('other'), message);
  expect(queues.size).toBe(1);
});
