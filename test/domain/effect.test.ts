import { describe, expect, test } from '@jest/globals';
import { printEffect, toDifferenceInterval, toEffect } from '../../src/domain/effect.ts';
import { sampleMeasurement } from '../support/proposal.ts';
import { createRandom } from '../support/seeded-stream.ts';

describe('the interval of a difference of two shares', () => {
  // The examples of Newcombe's article, method 10.
  test.each([
    [
      [56, 70],
      [48, 80],
      [0.0524, 0.3339],
    ],
    [
      [9, 10],
      [3, 10],
      [0.1705, 0.809],
    ],
    [
      [5, 56],
      [0, 29],
      [-0.0381, 0.1926],
    ],
    [
      [10, 10],
      [0, 10],
      [0.6075, 1],
    ],
  ] as const)('%p less %p is %p', (one, other, [lower, upper]) => {
    const toCounts = ([good, sent]: readonly [number, number]) => ({ good, sent });
    const interval = toDifferenceInterval(toCounts(one), toCounts(other));
    expect(interval.lower).toBeCloseTo(lower, 4);
    expect(interval.upper).toBeCloseTo(upper, 4);
  });

  test('is mirrored when the two change places', () => {
    const [one, other] = [
      { good: 590, sent: 600 },
      { good: 300, sent: 300 },
    ];
    const [there, back] = [toDifferenceInterval(one, other), toDifferenceInterval(other, one)];
    expect(there.lower).toBeCloseTo(-back.upper, 12);
    expect(there.upper).toBeCloseTo(-back.lower, 12);
  });

  test('covers the truth about as often as it says, over seeded runs', () => {
    const random = createRandom(7);
    const count = (sent: number, share: number) => ({
      sent,
      good: Array.from({ length: sent }, random).filter((drawn) => drawn < share).length,
    });
    let covered = 0;
    for (let run = 0; run < 2_000; run += 1) {
      const { lower, upper } = toDifferenceInterval(count(600, 0.93), count(300, 0.99));
      if (lower <= -0.06 && -0.06 <= upper) covered += 1;
    }
    expect(covered / 2_000).toBeGreaterThan(0.94);
    expect(covered / 2_000).toBeLessThan(0.975);
  });
});

describe('the effect of a fault', () => {
  const effectOf = (before: number, under: number, p95Ms = 14) => {
    const phase = sampleMeasurement({ sent: 600, good: under });
    const latency = phase.predictions.latency && { ...phase.predictions.latency, p95Ms };
    const measured = { ...phase, predictions: { ...phase.predictions, latency } };
    const effect = toEffect(sampleMeasurement({ sent: 300, good: before }), measured);
    return effect && printEffect(effect);
  };

  test.each([
    [
      300,
      480,
      14,
      /^availability fell by 20\.0 points \(95 % sure: 16\.\d to 23\.\d\); p95 took as long as before$/,
    ],
    [300, 480, 41, /; p95 took 2\.9 times as long$/],
    [
      300,
      598,
      14,
      /^no change of availability can be told \(95 % sure: between 1\.2 points less and 1\.0 more\)/,
    ],
    [200, 600, 14, /^availability rose by 33\.3 points \(95 % sure: 28\.\d to 38\.\d\)/],
    [300, 0, 14, /^availability fell by 100\.0 points [^;]*$/],
  ])('from %i of 300 to %i of 600 good', (before, under, p95Ms, words) => {
    expect(effectOf(before, under, p95Ms)).toMatch(words);
  });

  test('is unknown when nothing was sent', () => {
    expect(toEffect(sampleMeasurement({ sent: 0 }), sampleMeasurement())).toBeUndefined();
  });
});
