import fc from 'fast-check';
import type { PredictionResult } from '../../src/domain/prediction-result.ts';
import { startOfTime } from './proposal.ts';
import { toMeasured, type Course } from './recorded-run.ts';

/** Predictions due every tenth of a second, each somewhere in its tenth; of those in a burst, all are lost or not measured. */
export type Script = {
  readonly course: Course;
  readonly jitter: readonly number[];
  readonly bursts: readonly Burst[];
};
type Burst = { readonly from: number; readonly ms: number; readonly what: 'lost' | 'paused' };

const part = (least: number) => fc.integer({ min: least, max: 6_000 });
export const scripts: fc.Arbitrary<Script> = fc.record({
  course: fc
    .tuple(
      part(1_000),
      part(1_500),
      part(1_500),
      part(1),
      part(1_500),
      fc.integer({ min: 0, max: 999 }),
      fc.boolean(),
    )
    .map(([baseline, preparing, fault, waiting, after, offset, recovered]) => {
      const baselineAt = startOfTime + offset;
      const startAt = baselineAt + baseline;
      const faultAt = startAt + preparing;
      const goneAt = faultAt + fault;
      const afterAt = goneAt + waiting;
      return { baselineAt, startAt, faultAt, goneAt, afterAt, endAt: afterAt + after, recovered };
    }),
  jitter: fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 20, maxLength: 20 }),
  bursts: fc.array(
    fc.record({
      from: fc.integer({ min: 0, max: 30_000 }),
      ms: fc.constantFrom(50, 300, 1_000, 5_000),
      what: fc.constantFrom('lost', 'lost', 'lost', 'paused'),
    }),
    { maxLength: 8 },
  ),
});

export function toResults({ course, jitter, bursts }: Script): readonly PredictionResult[] {
  const { baselineAt, endAt } = course;
  const count = Math.floor((endAt - baselineAt) / 100);
  return Array.from({ length: count }, (_, index): PredictionResult => {
    const dueAt = baselineAt + index * 100 + (jitter[index % jitter.length] ?? 0);
    const since = dueAt - baselineAt;
    const burst = bursts.find(({ from, ms }) => since >= from && since < from + ms);
    if (burst?.what === 'paused')
      return { kind: 'unmeasured', dueAt, knownAt: dueAt, reason: 'paused' };
    const outcome = burst ? (index % 3 === 0 ? 'timeout' : 'refused') : 'good';
    return toMeasured(dueAt, outcome);
  });
}

/** Counts what really was measured, and lost of it, by the due time of each prediction. */
export function countTruth(results: readonly PredictionResult[], from: number, until: number) {
  const measured = results.filter(
    (result) => result.kind === 'measured' && result.dueAt >= from && result.dueAt < until,
  );
  const lost = measured.filter((result) => 'outcome' in result && result.outcome !== 'good');
  return { lost: lost.length, sent: measured.length };
}
