import { describe, expect, test } from '@jest/globals';
import type { ExecutionId } from '../../../src/domain/ids.ts';
import type { ExecutionReport } from '../../../src/domain/run-event.ts';
import { ExecutorClock } from '../../../src/evidence/injection/executor-clock.ts';

const askedAt = 1_000_000;
const faultMs = 60_000;
const report = (times: Partial<ExecutionReport>): ExecutionReport => ({
  executionId: 'e' as ExecutionId,
  state: 'running',
  status: 'Running',
  ...times,
});

/** What is heard of a fault of a minute, every two seconds, by a clock that is ahead by so much. Returns its last times, since the start was asked for. */
function hear(aheadMs: number, { after = faultMs, clock = new ExecutorClock() } = {}) {
  const startedAt = askedAt + 3_000 + aheadMs;
  const stoppedAt = startedAt + faultMs;
  let heard = report({});
  for (let sinceMs = 4_500; sinceMs < 3_000 + after + 2_500; sinceMs += 2_000) {
    const isOver = sinceMs >= 3_000 + faultMs;
    const said = report({ startedAt, ...(isOver ? { state: 'succeeded', stoppedAt } : {}) });
    const now = askedAt + sinceMs;
    heard = clock.correct(said, { readAt: now, now, askedAt });
  }
  const since = (at?: number) => (at === undefined ? undefined : at - askedAt);
  return { from: since(heard.startedAt), until: since(heard.stoppedAt), heard };
}

describe('the times of an executor', () => {
  test.each([0, 1_500, -2_500])('stay as they are where its clock is ahead by %d ms', (aheadMs) => {
    const { from, heard } = hear(aheadMs);
    expect(from).toBe(3_000 + aheadMs);
    expect(heard).not.toHaveProperty('clockAheadMs');
  });

  test.each([10_000, 3_600_000, -10_000, -3_600_000])(
    'are told by our clock where its clock is ahead by %d ms, and last as long as they did',
    (aheadMs) => {
      const { from = 0, until = 0, heard } = hear(aheadMs);
      expect(Math.abs(from - 3_000)).toBeLessThanOrEqual(3_000);
      expect(until - from).toBe(faultMs);
      expect(Math.abs((heard.clockAheadMs ?? 0) - aheadMs)).toBeLessThanOrEqual(3_000);
    },
  );

  test('are put right by what was heard before a restart', () => {
    const clock = new ExecutorClock();
    hear(40_000, { after: 10_000, clock });
    const resumed = new ExecutorClock(structuredClone(clock.state()));
    const said = report({ startedAt: askedAt + 43_000, stoppedAt: askedAt + 103_000 });
    const now = askedAt + 600_000;
    const heard = resumed.correct(said, { readAt: now, now, askedAt });
    expect(Math.abs((heard.stoppedAt ?? 0) - (askedAt + 63_000))).toBeLessThanOrEqual(3_000);
  });

  test('are not moved by a status that is not known, of an execution that ended long before', () => {
    const clock = new ExecutorClock();
    const said = report({ startedAt: askedAt + 3_000, stoppedAt: askedAt + 63_000, status: 'Odd' });
    for (let now = askedAt + 70_000; now < askedAt + 300_000; now += 2_000)
      expect(clock.correct(said, { readAt: now, now, askedAt })).toBe(said);
  });

  test('are not moved past what was said first, by one that says for long that its fault is active', () => {
    const clock = new ExecutorClock();
    const startedAt = askedAt + 3_000;
    const lateMs = 30_000;
    for (let now = askedAt + 4_500; now < startedAt + faultMs + lateMs; now += 2_000)
      clock.correct(report({ startedAt }), { readAt: now, now, askedAt });
    const said = report({ state: 'succeeded', startedAt, stoppedAt: startedAt + faultMs });
    const now = startedAt + faultMs + lateMs + 1_000;
    expect(clock.correct(said, { readAt: now, now, askedAt })).toBe(said);
    // An end that long before the fault was last called active may be by another clock, unless it was heard all the time since.
    const lagging = new ExecutorClock();
    const lagMs = 90_000;
    for (let at = startedAt; at < startedAt + faultMs + lagMs; at += 2_000)
      lagging.correct(report({ startedAt }), { readAt: at, now: at, askedAt });
    const endedBy = startedAt + faultMs + lagMs;
    expect(lagging.correct(said, { readAt: endedBy, now: endedBy, askedAt })).toBe(said);
    const stepped = new ExecutorClock();
    const steppedMs = 120_000;
    for (const atMs of [1_500, steppedMs + faultMs - 1_000])
      stepped.correct(report({ startedAt }), {
        readAt: startedAt + atMs,
        now: startedAt + atMs,
        askedAt,
      });
    const later = startedAt + steppedMs + faultMs + 1_000;
    expect(stepped.correct(said, { readAt: later, now: later, askedAt }).stoppedAt).toBeUndefined();
    // Nor by an answer that took long.
    const slow = new ExecutorClock();
    slow.correct(report({ startedAt }), {
      readAt: startedAt + 1_000,
      now: startedAt + 90_000,
      askedAt,
    });
    expect(slow.correct(said, { readAt: now, now, askedAt })).toBe(said);
  });
});
