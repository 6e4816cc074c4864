import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createGaps } from '../../src/predictions/arrivals.ts';
import { createSteadyClock, startSchedule } from '../../src/predictions/schedule.ts';

/** Blocks the event loop, as a garbage collection or a stopped process does. */
function holdUp(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

async function record(latestMs: number, body: () => Promise<void>) {
  const clock = createSteadyClock();
  const calls: { count: number; dueAt: number; at: number }[] = [];
  let missed = 0;
  const schedule = startSchedule({
    nextGapMs: () => 5,
    latestMs,
    clock,
    onDue: (count, dueAt) => calls.push({ count, dueAt, at: clock.now() }),
    onMissed: (more) => (missed += more),
  });
  await body();
  schedule.stop();
  return { calls, missed };
}

describe('a schedule', () => {
  test('drops nothing when a timer comes late, and says when each was due', async () => {
    const { calls, missed } = await record(10_000, async () => {
      await delay(50);
      holdUp(100);
      await delay(50);
    });
    expect(missed).toBe(0);
    expect(calls.map(({ count }) => count)).toEqual(calls.map((_, index) => index));
    const [first, last] = [calls[0], calls.at(-1)];
    expect((last?.dueAt ?? 0) - (first?.dueAt ?? 0)).toBeCloseTo((calls.length - 1) * 5, 3);
    for (const { dueAt, at } of calls) expect(at).toBeGreaterThanOrEqual(dueAt);
  });

  test('keeps its rate: one for each interval that has passed', async () => {
    const clock = createSteadyClock();
    const startedAt = clock.now();
    let endedAt = 0;
    const { calls } = await record(10_000, async () => {
      await delay(200);
      endedAt = clock.now();
    });
    const passed = (endedAt - startedAt) / 5;
    expect(calls.length).toBeLessThanOrEqual(passed + 1);
    // Those due since the last timer are still to come when it is stopped.
    expect(calls.at(-1)?.count).toBe(calls.length - 1);
  });

  test('misses what is too late to be worth anything, and says how many', async () => {
    const { calls, missed } = await record(20, async () => {
      await delay(30);
      holdUp(200);
      await delay(30);
    });
    expect(missed).toBeGreaterThan(20);
    for (const { dueAt, at } of calls) expect(at - dueAt).toBeLessThan(60);
    expect((calls.at(-1)?.count ?? 0) + 1).toBe(calls.length + missed);
  });

  test('calls nobody once it is stopped', async () => {
    const { calls } = await record(10_000, () => delay(30));
    const before = calls.length;
    await delay(30);
    expect(calls).toHaveLength(before);
  });

  test('lets what was sent have its turn also when sending takes longer than the gaps', async () => {
    let turns = 0;
    const clock = createSteadyClock();
    const schedule = startSchedule({
      nextGapMs: () => 1,
      latestMs: 50,
      clock,
      onDue: () => holdUp(2),
      onMissed: () => (turns += 1),
    });
    const startedAt = clock.now();
    await delay(300);
    schedule.stop();
    expect(turns).toBeGreaterThan(0);
    expect(clock.now() - startedAt).toBeLessThan(1_500);
  });
});

describe('gaps', () => {
  test('are all the same without more said', () => {
    const next = createGaps({ ratePerSecond: 40 });
    expect([next(), next(), next()]).toEqual([25, 25, 25]);
  });

  test('of a Poisson process are exponential with the mean of the rate, and the same for the same seed', () => {
    const arrivals = { kind: 'poisson' as const, seed: 11 };
    const next = createGaps({ ratePerSecond: 10, arrivals });
    const gaps = Array.from({ length: 20_000 }, () => next());
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeGreaterThan(97);
    expect(mean).toBeLessThan(103);
    // Memoryless: of an exponential 1 - 1/e are below the mean, and its deviation is its mean.
    const below = gaps.filter((gap) => gap < 100).length / gaps.length;
    expect(Math.abs(below - (1 - 1 / Math.E))).toBeLessThan(0.015);
    const again = createGaps({ ratePerSecond: 10, arrivals });
    expect(gaps.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => again()));
    const other = createGaps({ ratePerSecond: 10, arrivals: { ...arrivals, seed: 12 } });
    expect(other()).not.toBe(gaps[0]);
  });
});
