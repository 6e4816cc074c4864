import { describe, expect, test } from '@jest/globals';
import { toBinomialInterval } from '../../../src/evidence/statistics/binomial-interval.ts';
import {
  approximateCount,
  countIndependent,
  type Wish,
} from '../../../src/evidence/statistics/needed-predictions.ts';
import {
  toExpectedRuns,
  toLengthForThisRunMs,
  toReach,
} from '../../../src/evidence/statistics/needed-time.ts';
import { toBinomialProbability } from '../../../src/evidence/statistics/quantiles.ts';

/** The power of the exact interval, by trying each number of losses. */
function toPower({ bound, supposed }: Wish, due: number): number {
  const isDecided = (lost: number) => {
    const { lower, upper } = toBinomialInterval(lost, due);
    return supposed > bound ? upper <= 1 - bound : lower > 1 - bound;
  };
  let power = 0;
  for (let lost = 0; lost <= due; lost += 1) {
    if (!isDecided(lost)) continue;
    const below = toBinomialProbability(lost - 1, due, 1 - supposed);
    power += toBinomialProbability(lost, due, 1 - supposed) - below;
  }
  return power;
}

describe('predictions needed for independent losses', () => {
  test.each([
    [0.95, 0.965, 1_505],
    [0.99, 0.98, 979],
  ])('formula (5) for a bound of %d and %d supposed', (bound, supposed, expected) => {
    expect(approximateCount({ bound, supposed, power: 0.8 })).toBe(expected);
  });

  test.each([
    [0.95, 0.97, 0.8],
    [0.95, 0.99, 0.9],
    [0.9, 0.8, 0.8],
    [0.95, 0.85, 0.9],
  ])('a bound of %d and %d supposed: from that number on the power is %d', (...numbers) => {
    const [bound, supposed, power] = numbers;
    const wish = { bound, supposed, power };
    const count = countIndependent(wish) ?? 0;
    expect(toPower(wish, count - 1)).toBeLessThan(power);
    for (let due = count; due < count + 60; due += 1)
      expect(toPower(wish, due)).toBeGreaterThanOrEqual(power - 1e-12);
  });

  test('where nothing is ever lost it is what no loss needs', () => {
    expect(countIndependent({ bound: 0.95, supposed: 1, power: 0.8 })).toBe(72);
  });

  test('a bound of 1 is broken by the first loss, and one of 0 always holds', () => {
    expect(countIndependent({ bound: 1, supposed: 0.9, power: 0.8 })).toBe(16);
    expect(countIndependent({ bound: 1, supposed: 0, power: 0.8 })).toBe(1);
    expect(countIndependent({ bound: 0, supposed: 0.9, power: 0.8 })).toBe(1);
  });

  test('numbers that make no sense decide nothing', () => {
    expect(countIndependent({ bound: 0.95, supposed: Number.NaN, power: 0.8 })).toBeUndefined();
    expect(countIndependent({ bound: 1.2, supposed: 0.9, power: 0.8 })).toBeUndefined();
    expect(countIndependent({ bound: 0.95, supposed: 0.9, power: 1 })).toBeUndefined();
  });

  test('at the bound, or too near to it, no number decides', () => {
    expect(countIndependent({ bound: 0.95, supposed: 0.95, power: 0.8 })).toBeUndefined();
    expect(countIndependent({ bound: 0.95, supposed: 0.95001, power: 0.8 })).toBeUndefined();
  });
});

describe('time needed under bursts', () => {
  const pattern = { burstMs: 1_000, background: 0, ratePerSecond: 10 };
  const wish = (bound: number, supposed: number) => ({ bound, supposed, power: 0.8 });

  test('formula (6): how far the truth must lie from the bound', () => {
    // gL(4) = 1.0899, gU(4) = 10.2416 (Garwood 1936).
    const { above, below } = toReach(4, 600, 0.8);
    expect(above).toBeCloseTo((10.2416 - 4 + 0.8416 * 2) / 600, 6);
    expect(below).toBeCloseTo((4 - 1.0899 + 0.8416 * 2) / 600, 6);
  });

  test('runs of losses are bursts, one at least, and the background', () => {
    expect(toExpectedRuns(0.95, 600, pattern)).toBeCloseTo(0.05 * 60 + 1, 9);
    const noisy = { ...pattern, background: 0.01 };
    expect(toExpectedRuns(0.95, 600, noisy)).toBeCloseTo(
      (0.04 / 0.99) * 60 + 1 + 600 * 0.01 * 0.99,
      9,
    );
    expect(toExpectedRuns(0.99, 600, noisy)).toBeCloseTo(600 * 0.01 * 0.99, 9);
    expect(toExpectedRuns(0.95, 600, { ...pattern, burstMs: 0 })).toBeCloseTo(28.5, 9);
  });

  test('this run: the shortest length that reaches as far', () => {
    const lengthMs = toLengthForThisRunMs(wish(0.95, 0.97), pattern) ?? 0;
    const reach = (due: number) => toReach(toExpectedRuns(0.97, due, pattern), due, 0.8).above;
    expect(reach(lengthMs / 100)).toBeLessThanOrEqual(0.02);
    expect(reach(lengthMs / 100 - 1)).toBeGreaterThan(0.02);
    expect(toLengthForThisRunMs(wish(0.95, 0.95), pattern)).toBeUndefined();
    expect(toLengthForThisRunMs(wish(0.95, 0.950_000_1), pattern)).toBeUndefined();
  });
});
