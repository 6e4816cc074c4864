import { describe, expect, test } from '@jest/globals';
import { SecondTally } from '../../../src/evidence/predictions/second-tally.ts';

const start = Date.UTC(2026, 10, 23, 9);
const minuteMs = 60_000;

/** `perSecond` predictions in each second of so many; those of the seconds in `failing` fail. */
function measure(seconds: number, { perSecond = 2, failing = new Set<number>() } = {}) {
  const tally = new SecondTally();
  for (let second = 0; second < seconds; second += 1) {
    for (let count = 0; count < perSecond; count += 1) {
      const outcome = failing.has(second) ? 'timeout' : 'good';
      tally.record({ dueAt: start + second * 1_000 + count, outcome, latencyMs: count + 1 });
    }
  }
  return tally.measurements();
}

const sumOf = (measured: ReturnType<typeof measure>) =>
  measured.reduce((sum, { sent, good }) => ({ sent: sum.sent + sent, good: sum.good + good }), {
    sent: 0,
    good: 0,
  });

describe('the seconds of a measurement', () => {
  test('have exact quantiles of what was good in them', () => {
    const [second] = measure(1, { perSecond: 200 });
    expect(second).toEqual({
      at: start,
      sent: 200,
      good: 200,
      failures: {},
      p50Ms: 100,
      p95Ms: 190,
      p99Ms: 198,
    });
    const [failed] = measure(1, { failing: new Set([0]) });
    const lostAt = { first: start, last: start + 1, goodBefore: 0, goodAfter: 0 };
    expect(failed).toEqual({ at: start, sent: 2, good: 0, failures: { timeout: 2 }, lostAt });
  });

  test('know when their first and last losses were due, and the next good one', () => {
    const tally = new SecondTally();
    const record = (ms: number, outcome: 'good' | 'timeout') =>
      tally.record({ dueAt: start + ms, outcome, latencyMs: 1 });
    record(50, 'good');
    // A time-out is known after what was due later.
    for (const ms of [700.4, 900.7, 800]) record(ms, 'timeout');
    for (const ms of [1_100, 1_900]) record(ms, 'timeout');
    record(2_500, 'good');
    const lostAt = tally.measurements().map((second) => second.lostAt);
    expect(lostAt).toEqual([
      { first: start + 700, last: start + 900, goodBefore: 1, goodAfter: 0 },
      { first: start + 1_100, last: start + 1_900, goodBefore: 0, goodAfter: 0 },
      undefined,
    ]);
    const goodAgainAt = () => tally.measurements().map((second) => second.goodAgainAt);
    expect(goodAgainAt()).toEqual([undefined, undefined, start + 2_500]);
    record(2_300.6, 'good');
    expect(goodAgainAt()).toEqual([undefined, undefined, start + 2_300]);
    record(1_950, 'good');
    expect(goodAgainAt()).toEqual([undefined, start + 1_950, undefined]);
  });

  test('do not say when predictions were good again after a gap', () => {
    const tally = new SecondTally();
    tally.record({ dueAt: start + 900, outcome: 'timeout', latencyMs: 1 });
    tally.skip({ from: start + 1_000, until: start + 1_500, due: 5, reason: 'paused' });
    tally.record({ dueAt: start + 1_600, outcome: 'good', latencyMs: 1 });
    expect(tally.measurements().map((second) => second.goodAgainAt)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('name the pods that gave failed answers, a hundred at most, also after a restart', () => {
    const tally = new SecondTally();
    const record = (into: SecondTally, pod: string, outcome: 'good' | 'server-error', second = 0) =>
      into.record({ dueAt: start + second * 1_000, outcome, latencyMs: 1, pod });
    record(tally, 'a', 'server-error');
    record(tally, '__proto__', 'server-error');
    record(tally, 'a', 'server-error');
    record(tally, 'b', 'good');
    for (let pod = 0; pod < 200; pod += 1) record(tally, `pod-${pod}`, 'server-error', 1);
    const [first, second] = tally.measurements();
    expect(first?.failedBy).toEqual([
      { pod: 'a', lost: 2 },
      { pod: '__proto__', lost: 1 },
    ]);
    expect(second?.failedBy).toHaveLength(98);
    expect(second?.failures).toEqual({ 'server-error': 200 });
    const resumed = new SecondTally(tally.measurements());
    record(resumed, 'a', 'server-error', 2);
    record(resumed, 'late', 'server-error', 2);
    expect(resumed.measurements().at(2)?.failedBy).toEqual([{ pod: 'a', lost: 1 }]);
  });

  test('are merged by the minute when they are old and nothing failed in them', () => {
    const measured = measure(30 * 60);
    expect(measured.filter(({ spanMs }) => spanMs === minuteMs)).toHaveLength(19);
    expect(measured.filter(({ spanMs }) => spanMs === undefined)).toHaveLength(11 * 60);
    expect(measured[0]).toMatchObject({ at: start, sent: 120, good: 120, p50Ms: 1, p99Ms: 2 });
    expect(sumOf(measured)).toEqual({ sent: 3_600, good: 3_600 });
  });

  test('stay as they are for an hour when something failed near them, and nothing is ever lost', () => {
    const failing = new Set([90, 4_000]);
    const measured = measure(2 * 3_600, { failing });
    expect(measured.find(({ failures }) => failures.timeout)?.spanMs).toBe(minuteMs);
    expect(measured.filter(({ good }) => good === 0)).toEqual([
      expect.objectContaining({ at: start + 4_000_000, sent: 2, failures: { timeout: 2 } }),
    ]);
    expect(sumOf(measured)).toEqual({ sent: 14_400, good: 14_396 });
  });

  test('know in a merged minute when its losses were, and the next good one', () => {
    const measured = measure(2 * 3_600, { failing: new Set([90, 91]) });
    const merged = measured.find(({ spanMs, failures }) => spanMs === minuteMs && failures.timeout);
    expect(merged).toMatchObject({
      sent: 120,
      lostAt: { first: start + 90_000, last: start + 91_001, goodBefore: 60, goodAfter: 56 },
      goodAgainAt: start + 92_000,
    });
  });

  test('keep what was not measured when they are merged', () => {
    const tally = new SecondTally();
    tally.skip({ from: start, until: start + 2_000, due: 20, reason: 'restart' });
    for (let minute = 0; minute <= 62; minute += 1)
      tally.record({ dueAt: start + minute * minuteMs + 2_000, outcome: 'good', latencyMs: 1 });
    expect(tally.measurements()[0]).toMatchObject({ at: start, spanMs: 3_000, unmeasured: 20 });
  });

  test('take a bounded place for half a day, also when all fails', () => {
    const half = 12 * 3_600;
    const all = new Set(Array.from({ length: half }, (_, second) => second));
    expect(measure(half).length).toBeLessThan(1_400);
    expect(JSON.stringify(measure(half)).length).toBeLessThan(150_000);
    expect(measure(half, { failing: all }).length).toBeLessThan(4_400);
  });
});
