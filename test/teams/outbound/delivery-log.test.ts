import { beforeEach, describe, expect, test } from '@jest/globals';
import { OutboundQueues } from '../../../src/teams/outbound/outbound-queues.ts';
import { appLimits, threadLimits } from '../../../src/teams/outbound/send-limits.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const origin = {
  conversationId: '19:chaos',
  reference: { conversation: { id: '19:chaos', name: 'Chaos' } },
};
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const answered = (statusCode: number, retryAfter?: string) => ({
  statusCode,
  response: { headers: { get: () => retryAfter } },
});

let clock: VirtualClock;
let queues: OutboundQueues;
/** What Teams answers to the next calls, in turn; the last is repeated. Undefined is well. */
let answers: (object | undefined)[];

beforeEach(() => {
  clock = new VirtualClock();
  queues = new OutboundQueues({
    clock,
    steady: clock,
    log,
    limits: { thread: threadLimits, app: appLimits },
  });
});

function say(): void {
  const send = async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer) throw answer;
  };
  queues.push(origin, { key: 'summary', urgency: 'say', what: 'The summary of r-1', send });
}

async function runFor(durationMs: number): Promise<void> {
  void clock.sleep(durationMs);
  const until = clock.now() + durationMs;
  await clock.run(() => clock.now() >= until);
}

describe('health', () => {
  test('tells of a message that waits for as long as Teams asked, and no more once it is said', async () => {
    answers = [answered(429, '60'), undefined];
    say();
    await runFor(5_000);
    expect(queues.deliveries.health().ok).toBe(true);
    await runFor(10_000);
    expect(queues.deliveries.health()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(
        /^Messages to Chaos have been waiting since .*: Teams answered 429\.$/,
      ),
    });
    await clock.run();
    expect(queues.deliveries.health()).toMatchObject({ ok: true });
  });

  test('tells of a message that was lost, but not that it waits', async () => {
    answers = [answered(503)];
    say();
    await clock.run();
    const { ok, detail } = queues.deliveries.health();
    expect(ok).toBe(false);
    expect(detail).toMatch(/^The summary of r-1 in Chaos was not delivered: Teams answered 503/);
    expect(detail).not.toMatch(/waiting/);
  });

  test('tells of a conversation that refuses messages', async () => {
    answers = [answered(403)];
    say();
    await runFor(30_000);
    expect(queues.deliveries.health()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/waiting since .*: Teams answered 403/),
    });
  });
});
