import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
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
    intervalMs: 5,
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
});
