import { describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/domain/run.ts';
import { tickMs } from '../../src/runs/conduct-context.ts';
import { toTicksPerRead } from '../../src/runs/ticks-per-read.ts';
import { sampleCourse, sampleRun } from '../support/proposal.ts';

const started = sampleRun(sampleCourse().slice(0, 7));
const now = started.phaseSince + 1_000;
const calm: Run = {
  ...started,
  phase: 'observe',
  executionId: 'e' as never,
  startRequestedAt: started.phaseSince,
};
const ending: Run = { ...calm, cancelRequestedAt: now };
const late: Run = { ...calm, phaseSince: now - calm.proposal.fault.durationMs };
const beginning: Run = { ...calm, phase: 'inject' };
const many = (run: Run, count: number) => Array.from({ length: count }, () => run);

/** Reads in five minutes of all these runs together. */
function countReads(runs: readonly Run[]): number {
  const seconds = (run: Run) => (toTicksPerRead(run, runs, now) * tickMs) / 1_000;
  return runs.reduce((sum, run) => sum + 300 / seconds(run), 0);
}

describe('how often Azure is asked how an execution stands', () => {
  test('is every other tick for one run', () => {
    for (const run of [calm, ending, late, beginning])
      expect(toTicksPerRead(run, [run], now)).toBe(2);
  });

  test.each([
    [2, 0],
    [3, 1],
    [0, 7],
    [49, 1],
    [25, 25],
    [50, 0],
    [0, 200],
  ])('is within the limit of Azure for %d runs, and %d whose faults end', (calms, ends) => {
    expect(countReads([...many(calm, calms), ...many(ending, ends)])).toBeLessThanOrEqual(240);
  });

  test.each([
    ['is being ended', ending],
    ['is over by its time', late],
    ['is about to begin', beginning],
  ])('is hardly less for one whose fault %s, whatever else goes on', (_what, run) => {
    expect(toTicksPerRead(run, [run, ...many(calm, 49)], now)).toBe(2);
  });

  test('does not depend on runs without a fault', () => {
    const { executionId: _id, ...proposed } = calm;
    expect(toTicksPerRead(calm, [calm, ...many(proposed, 100)], now)).toBe(2);
  });
});
