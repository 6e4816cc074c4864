import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutboundQueue, type SendFailure } from '../../src/teams/outbound-queue.ts';
import { appLimits, SendLimits, threadLimits } from '../../src/teams/send-limits.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

class Rejection extends Error {
  readonly failure: SendFailure;
  constructor(failure: SendFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

let clock: VirtualClock;
let sent: { text: string; at: number }[];
let failures: (SendFailure | undefined)[];
let queue: OutboundQueue;

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  failures = [];
  queue = new OutboundQueue({
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    classify: (error) => (error as Rejection).failure,
    threadLimits,
    appLimits: new SendLimits(appLimits),
  });
});

function push(key: string, text: string, important = true): void {
  const send = () => {
    const failure = failures.shift();
    if (failure) return Promise.reject(new Rejection(failure));
    sent.push({ text, at: clock.now() });
    return Promise.resolve();
  };
  queue.push({ key, important, send });
}

const texts = () => sent.map(({ text }) => text);

describe('what is to be said in a conversation', () => {
  test('goes out in order, one at a time', async () => {
    for (const text of ['one', 'two', 'three']) push(text, text);
    await clock.run();
    expect(texts()).toEqual(['one', 'two', 'three']);
  });

  test('is replaced by what is newer while it waits', async () => {
    push('other', 'first');
    for (let number = 1; number <= 50; number += 1) push('card', `card ${number}`);
    await clock.run();
    expect(texts()).toEqual(['first', 'card 50']);
  });

  test('keeps its importance when a live update replaces it', async () => {
    failures = [{ kind: 'retry', afterMs: 1_000 }];
    push('other', 'first');
    push('card', 'stopping', true);
    push('card', 'numbers', false);
    await clock.run();
    expect(texts()).toEqual(['first', 'numbers']);
    expect(sent[1]?.at).toBe(sent[0]?.at);
  });

  test('passes live numbers by when it is important', async () => {
    push('live a', 'a1', false);
    await clock.run(() => sent.length === 1);
    push('live a', 'a2', false);
    push('summary', 'summary');
    await clock.run();
    expect(texts()).toEqual(['a1', 'summary', 'a2']);
  });

  test('waits as long as the channel asks, then is sent once', async () => {
    failures = [{ kind: 'retry', afterMs: 7_000 }, { kind: 'retry' }];
    const startedAt = clock.now();
    push('card', 'card');
    await clock.run();
    expect(texts()).toEqual(['card']);
    expect(sent[0]?.at).toBeGreaterThanOrEqual(startedAt + 7_750);
  });

  test('is dropped when it can never be delivered, and does not hold up the next', async () => {
    failures = [{ kind: 'give-up' }];
    push('bad', 'bad');
    push('good', 'good');
    await clock.run();
    expect(texts()).toEqual(['good']);
  });

  test('ends where the bot was removed', async () => {
    failures = [{ kind: 'gone' }];
    push('card', 'card');
    push('summary', 'summary');
    await clock.run();
    push('later', 'later');
    await clock.run();
    expect(texts()).toEqual([]);
  });

  test('is said before closing, but closing does not wait for ever', async () => {
    failures = Array.from({ length: 30 }, () => ({ kind: 'retry', afterMs: 60_000 }) as const);
    push('card', 'card');
    let closed = false;
    const closing = queue.close(3_000).then(() => (closed = true));
    const startedAt = clock.now();
    await clock.run(() => closed);
    await closing;
    expect(clock.now()).toBe(startedAt + 3_000);
  });
});

describe('the limits of a thread', () => {
  const limits = [
    [7, 1_000],
    [8, 2_000],
    [60, 30_000],
    [1_800, 3_600_000],
  ] as const;

  test('are kept whatever is pushed when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ pauseMs: fc.integer({ min: 0, max: 3_000 }), important: fc.boolean() }),
          { minLength: 1, maxLength: 200 },
        ),
        async (pushes) => {
          const times: number[] = [];
          const limited = new SendLimits(threadLimits);
          let now = 0;
          for (const { pauseMs, important } of pushes) {
            now += pauseMs;
            now += limited.waitMs(now, important);
            limited.begin().answered(now);
            times.push(now);
          }
          for (const [count, windowMs] of limits) {
            for (const [index, at] of times.entries()) {
              const before = times[index - count];
              if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(windowMs);
            }
          }
        },
      ),
    );
  });

  test('leave room for what must be said when live numbers have used up the hour', () => {
    const limited = new SendLimits(threadLimits);
    for (let number = 0; number < 1_500; number += 1) limited.begin().answered(number * 2_000);
    const now = 1_500 * 2_000;
    expect(limited.waitMs(now, false)).toBeGreaterThan(0);
    expect(limited.waitMs(now, true)).toBe(0);
  });
});
