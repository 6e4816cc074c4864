import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { toBinomialInterval } from '../../../src/evidence/statistics/binomial-interval.ts';

describe('the exact binomial interval', () => {
  // From the tables that statistical packages print for Clopper and Pearson at 95 %.
  test.each([
    [9, 10, 0.554984, 0.997471],
    [0, 10, 0, 0.308497],
    [10, 10, 0.691503, 1],
    [590, 600, 0.969564, 0.991979],
    [1, 1, 0.025, 1],
  ])('%i of %i', (successes, trials, lower, upper) => {
    const interval = toBinomialInterval(successes, trials);
    expect(interval.lower).toBeCloseTo(lower, 5);
    expect(interval.upper).toBeCloseTo(upper, 5);
  });

  test('knows nothing without trials', () => {
    expect(toBinomialInterval(0, 0)).toEqual({ lower: 0, upper: 1 });
  });

  test('holds the observed share, is symmetric, and narrows with more trials', () => {
    const counts = fc
      .tuple(fc.nat(2_000), fc.integer({ min: 1, max: 2_000 }))
      .filter(([some, all]) => some <= all);
    fc.assert(
      fc.property(counts, ([successes, trials]) => {
        const interval = toBinomialInterval(successes, trials);
        const mirrored = toBinomialInterval(trials - successes, trials);
        const more = toBinomialInterval(successes * 10, trials * 10);
        expect(interval.lower).toBeLessThanOrEqual(successes / trials);
        expect(interval.upper).toBeGreaterThanOrEqual(successes / trials);
        expect(mirrored.lower).toBeCloseTo(1 - interval.upper, 9);
        expect(more.upper - more.lower).toBeLessThan(interval.upper - interval.lower + 1e-12);
      }),
    );
  });

  test('covers the truth at least as often as it says', () => {
    const [trials, truth] = [60, 0.95];
    let covered = 0;
    for (
      let successes = 0, probability = (1 - truth) ** trials;
      successes <= trials;
      successes += 1
    ) {
      const { lower, upper } = toBinomialInterval(successes, trials);
      if (lower <= truth && truth <= upper) covered += probability;
      probability *= ((trials - successes) / (successes + 1)) * (truth / (1 - truth));
    }
    expect(covered).toBeGreaterThanOrEqual(0.95);
  });
});
