import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countLosses, type AttributedLosses } from '../../src/domain/attribution.ts';
import type { PredictionResult } from '../../src/domain/prediction-result.ts';
import { toLossSpans } from '../../src/domain/loss-spans.ts';
import { countLost as countLostIn } from '../../src/domain/prediction-stream.ts';
import { foldRun } from '../../src/domain/run.ts';
import { toSpending } from '../../src/domain/spending.ts';
import { toKeyFigures } from '../../src/reports/key-figures.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { startOfTime } from '../support/proposal.ts';
import { recordRun, toMeasured, type Course } from '../support/recorded-run.ts';

/** Predictions due every tenth of a second, each somewhere in its tenth; of those in a burst, all are lost or not measured. */
type Script = {
  readonly course: Course;
  readonly jitter: readonly number[];
  readonly bursts: readonly Burst[];
};
type Burst = { readonly from: number; readonly ms: number; readonly what: 'lost' | 'paused' };

const part = (least: number) => fc.integer({ min: least, max: 6_000 });
const scripts: fc.Arbitrary<Script> = fc.record({
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

function toResults({ course, jitter, bursts }: Script): readonly PredictionResult[] {
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

/** What really was lost, by the due time of each prediction. */
function countLost(results: readonly PredictionResult[], from: number, until: number): number {
  return results.filter(
    (result) =>
      result.kind === 'measured' &&
      result.outcome !== 'good' &&
      result.dueAt >= from &&
      result.dueAt < until,
  ).length;
}

const addUp = (counts: Partial<AttributedLosses>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('what a run has lost from its start request to its recovery', () => {
  test('is one number wherever it is said: parts, cost, attribution and headline add up to it', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const { course } = script;
        const { startAt, faultAt, goneAt, afterAt, endAt, recovered } = course;
        const results = toResults(script);
        const journal = recordRun(course, results);
        const run = foldRun(journal);
        const lost = countLost(results, startAt, recovered ? afterAt : endAt);
        const spending = toSpending(run);
        expect(spending?.lost).toBe(lost);
        expect(spending?.parts).toEqual([
          { name: 'preparing', lost: countLost(results, startAt, faultAt) },
          { name: 'fault', lost: countLost(results, faultAt, goneAt) },
          { name: 'waiting', lost: countLost(results, goneAt, afterAt) },
          ...(recovered ? [] : [{ name: 'after', lost: countLost(results, afterAt, endAt) }]),
        ]);
        const spans = toLossSpans(run);
        expect([spans?.before, spans?.fault, spans?.later].map((span) => span?.lost)).toEqual([
          countLost(results, startAt, faultAt),
          countLost(results, faultAt, recovered ? afterAt : endAt),
          recovered ? countLost(results, afterAt, endAt) : undefined,
        ]);
        for (const { lost: ofSpan, seconds } of Object.values(spans ?? {}))
          expect(countLostIn(seconds)).toBe(ofSpan);
        expect(addUp(countLosses(run))).toBe(lost);
        const report = toReport(journal, { version: '0.1.0' });
        expect(addUp(report.attribution ?? {})).toBe(lost);
        expect(
          toKeyFigures(report).find(({ name }) => name === 'Predictions lost')?.value ?? `${lost}`,
        ).toBe(`${lost}`);
      }),
      { numRuns: 100, seed: 20_261_126 },
    );
  });

  test('is known where a journal says nothing of the time between the phases, in whole seconds', () => {
    const course: Course = {
      baselineAt: startOfTime,
      startAt: startOfTime + 5_000,
      faultAt: startOfTime + 8_000,
      goneAt: startOfTime + 15_000,
      afterAt: startOfTime + 18_000,
      endAt: startOfTime + 22_000,
      recovered: true,
    };
    const bursts = [{ from: 13_000, ms: 4_000, what: 'lost' }] as const;
    const results = toResults({ course, jitter: [0], bursts });
    const journal = recordRun(course, results).map((entry) => {
      if (entry.event.type !== 'recovery-judged') return entry;
      const { preparing: _preparing, waiting: _waiting, ...event } = entry.event;
      return { ...entry, event };
    });
    expect(toSpending(foldRun(journal))).toEqual({ lost: 40, sent: 100, ms: 4_000 });
  });
});
