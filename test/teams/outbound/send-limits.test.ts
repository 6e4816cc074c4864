import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SendLimits, threadLimits } from '../../../src/teams/outbound/send-limits.ts';

describe('the limits of a thread', () => {
  test('are kept whatever is sent when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            pauseMs: fc.integer({ min: 0, max: 3_000 }),
            urgency: fc.constantFrom('stop', 'say', 'live'),
          }),
          { minLength: 1, maxLength: 200 },
        ),
        async (pushes) => {
          const times: number[] = [];
          const limited = new SendLimits(threadLimits);
          let now = 0;
          for (const { pauseMs, urgency } of pushes) {
            now += pauseMs;
            now += limited.waitMs(now, urgency);
            limited.begin(now).answered(now);
            times.push(now);
          }
          for (const { count, windowMs } of threadLimits) {
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
    for (let number = 0; number < 1_500; number += 1)
      limited.begin(number * 2_000).answered(number * 2_000);
    const now = 1_500 * 2_000;
    expect(limited.waitMs(now, 'live')).toBeGreaterThan(0);
    expect(limited.waitMs(now, 'say')).toBe(0);
  });

  test('leave room for an answer to a stop when other answers have used them up', () => {
    const limited = new SendLimits(threadLimits);
    for (let number = 0; number < 6; number += 1) limited.begin(0).answered(0);
    expect(limited.waitMs(0, 'say')).toBeGreaterThan(0);
    expect(limited.waitMs(0, 'stop')).toBe(0);
  });

  test('count a call that hangs as arrived after two seconds', () => {
    const limited = new SendLimits([{ count: 30, windowMs: 1_000 }]);
    for (let number = 0; number < 30; number += 1) limited.begin(0);
    expect(limited.waitMs(1_999, 'stop')).toBeGreaterThan(0);
    expect(limited.waitMs(3_000, 'stop')).toBe(0);
  });

  test('do not count a call that was never made', () => {
    const limited = new SendLimits([{ count: 1, windowMs: 1_000 }]);
    limited.begin(0).unused();
    expect(limited.waitMs(0, 'stop')).toBe(0);
    expect(limited.isEmpty(0)).toBe(true);
  });

  test('are forgotten after an hour', () => {
    const limited = new SendLimits(threadLimits);
    for (let number = 0; number < 5_000; number += 1) limited.begin(number).answered(number);
    expect(limited.isEmpty(3_604_999)).toBe(true);
    expect(limited.usedOfHour(3_604_999)).toBe(0);
  });
});
