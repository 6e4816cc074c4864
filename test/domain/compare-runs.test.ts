import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareRuns, printComparison, testFisher } from '../../src/domain/compare-runs.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import {
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
  startOfTime,
} from '../support/proposal.ts';

const counts = (good: number, lost: number) => ({ good, sent: good + lost });

describe('Fisher’s exact test', () => {
  // From R: fisher.test(matrix(c(...), 2))$p.value
  test.each([
    // The lady tasting tea.
    [counts(3, 1), counts(1, 3), 0.485714],
    [counts(8, 2), counts(1, 5), 0.034965],
    [counts(1, 9), counts(11, 3), 0.002759],
    [counts(10, 0), counts(10, 0), 1],
  ])('of %j and %j', (one, other, probability) => {
    expect(testFisher(one, other)).toBeCloseTo(probability, 6);
  });

  test('is a probability, and the same whichever comes first and whichever share is counted', () => {
    const count = fc.nat(400);
    fc.assert(
      fc.property(count, count, count, count, (good, lost, otherGood, otherLost) => {
        const p = testFisher(counts(good, lost), counts(otherGood, otherLost));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(testFisher(counts(otherGood, otherLost), counts(good, lost))).toBeCloseTo(p, 9);
        expect(testFisher(counts(lost, good), counts(otherLost, otherGood))).toBeCloseTo(p, 9);
      }),
    );
  });

  test('of millions of predictions takes no time worth speaking of', () => {
    const startedAt = performance.now();
    expect(testFisher(counts(4_200_000, 90_000), counts(8_400_000, 180_000))).toBeCloseTo(1, 3);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

/** A run that ended, so many hours before the first. */
function toRun(
  { hours, good, seen = true }: { hours: number; good: number; seen?: boolean },
  change: Partial<Proposal> = {},
): Run {
  const during = sampleMeasurement({ sent: 600, good });
  const run = sampleRun(
    [
      ...sampleCourse({ during, seen }),
      { type: 'ended', ending: 'completed', verdict: 'held', why: '' },
    ],
    { proposedAt: startOfTime - hours * 3_600_000, ...change },
  );
  return { ...run, id: `r-00000${hours}` as RunId };
}

describe('a run beside earlier ones', () => {
  const earlier = [toRun({ hours: 1, good: 595 }), toRun({ hours: 2, good: 596 })];

  test.each([
    [600, 'same'],
    [594, 'same'],
    [520, 'worse'],
  ] as const)('with %i of 600 good is %s', (good, outcome) => {
    const comparison = compareRuns(toRun({ hours: 0, good }), earlier);
    expect(comparison).toMatchObject({ outcome, before: { good: 1_191, sent: 1_200 } });
  });

  test('that lost less is better', () => {
    const worse = [toRun({ hours: 1, good: 520 })];
    expect(compareRuns(toRun({ hours: 0, good: 596 }), worse)).toMatchObject({ outcome: 'better' });
  });

  test('says so in one line', () => {
    const worse = compareRuns(toRun({ hours: 0, good: 520 }), earlier);
    expect(worse && printComparison(worse)).toBe(
      "worse than the last 2 runs: 86.67 % good under the fault against 99.25 % (Fisher's exact test, p < 0.001)",
    );
  });

  test('is compared to none that was of another kind, came later, or had no fault', () => {
    const { fault, service } = sampleProposal();
    const others = [
      toRun({ hours: 1, good: 600 }, { fault: { ...fault, durationMs: 90_000 } }),
      toRun({ hours: 1, good: 600 }, { service: { ...service, name: 'fraud' } }),
      toRun({ hours: 1, good: 600, seen: false }),
      toRun({ hours: -1, good: 600 }),
      sampleRun([], { proposedAt: startOfTime - 1 }),
    ];
    expect(compareRuns(toRun({ hours: 0, good: 520 }), others)).toBeUndefined();
    expect(compareRuns(toRun({ hours: 0, good: 520, seen: false }), earlier)).toBeUndefined();
  });

  test('is compared to the newest few', () => {
    const many = [1, 2, 3, 4, 5, 6, 7].map((hours) => toRun({ hours, good: 600 }));
    const comparison = compareRuns(toRun({ hours: 0, good: 600 }), many);
    expect(comparison?.runs).toEqual(many.slice(0, 5).map(({ id }) => id));
  });
});
