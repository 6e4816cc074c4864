import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { DropEvidence } from '../../../src/evidence/statistics/drop-evidence.ts';
import {
  toEvidenceLimit,
  toEvidenceWeights,
  toTimeToTrip,
  type DropGuard,
} from '../../../src/evidence/statistics/drop-guard.ts';
import { toLeastTimeToTripMs } from '../../support/simulations/guard.ts';

const guard: DropGuard = {
  from: 0.95,
  to: 0.5,
  falseAlarms: 0.01,
  burstMs: 1_000,
  ratePerSecond: 10,
  watchedMs: 180_000,
};

describe('the limit', () => {
  test('counts the predictions at which independent losses may begin a walk', () => {
    expect(toEvidenceLimit({ ...guard, burstMs: 0 })).toBeCloseTo(Math.log(90_000), 12);
    const faster = { ...guard, burstMs: 0, ratePerSecond: 100 };
    expect(toEvidenceLimit(faster)).toBeCloseTo(Math.log(900_000), 12);
  });

  test('counts the beginnings of bursts, by the exponent of Lundberg', () => {
    // R = 1/(10 × 2.302585) - 1/(190 × 0.641854), ln(0.05 × 181/0.01) = 6.807935
    const exponent = 1 / 23.025851 - 1 / 121.952236;
    expect(toEvidenceLimit(guard)).toBeCloseTo(6.807935 / exponent, 3);
  });

  test('the exponent solves the equation of Lundberg', () => {
    const { good, lost } = toEvidenceWeights(guard);
    const root = Math.log((0.05 * 181) / 0.01) / toEvidenceLimit(guard);
    // E exp(R × burst) × E exp(-R × spell) = 1 for exponential bursts and spells.
    const [burst, spell] = [10 * lost, 190 * -good];
    expect((1 / (1 - root * burst)) * (1 / (1 + root * spell))).toBeCloseTo(1, 9);
  });

  test('is never below that for independent losses', () => {
    const short = { ...guard, burstMs: 1 };
    expect(toEvidenceLimit(short)).toBe(toEvidenceLimit({ ...guard, burstMs: 0 }));
  });
});

describe('the evidence', () => {
  test('is the highest walk since any beginning', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), (goods) => {
        const evidence = new DropEvidence(guard);
        goods.forEach((good) => evidence.see(good));
        const { good, lost } = toEvidenceWeights(guard);
        const walks = goods.map((_, from) =>
          goods.slice(from).reduce((sum, isGood) => sum + (isGood ? good : lost), 0),
        );
        expect(evidence.value).toBeCloseTo(Math.max(0, ...walks), 9);
        expect(evidence.peak).toBeGreaterThanOrEqual(evidence.value);
      }),
    );
  });

  test('trips at the prediction that takes it to the limit, and not before', () => {
    const evidence = new DropEvidence(guard);
    const enough = Math.ceil(toEvidenceLimit(guard) / Math.log(10));
    for (let index = 1; index < enough; index += 1) expect(evidence.see(false)).toBe(false);
    expect(evidence.see(false)).toBe(true);
    expect(evidence.value).toBeGreaterThanOrEqual(evidence.limit);
  });

  test('keeps its peak when good predictions take it back', () => {
    const evidence = new DropEvidence(guard);
    evidence.see(false);
    for (let index = 0; index < 20; index += 1) evidence.see(true);
    expect(evidence.value).toBe(0);
    expect(evidence.peak).toBeCloseTo(Math.log(10), 12);
  });
});

describe('what the guard costs', () => {
  test('a total outage is ended after the losses that reach the limit', () => {
    expect(toTimeToTrip(guard, 0)).toEqual({ expectedMs: 8_400, mostMs: 8_400 });
  });

  test('half lost takes longer, and an availability near what is acceptable for ever', () => {
    const half = toTimeToTrip(guard, 0.5);
    expect(half?.expectedMs).toBeCloseTo(23_300, -2);
    expect(half?.mostMs).toBeCloseTo(27_800, -2);
    expect(toTimeToTrip(guard, 0.9)).toBeUndefined();
  });

  test.each([
    [0.95, 0.3, 2.4],
    [0.95, 1, 6.8],
    [0.95, 5, 26],
    [0.99, 1, 5.2],
    [0.999, 5, 6.4],
  ])('no guard from %d with bursts of %d s ends an outage before %d s', (from, burst, seconds) => {
    const declared = { ...guard, from, burstMs: burst * 1_000 };
    expect(toLeastTimeToTripMs(declared) / 1_000).toBeCloseTo(seconds, 1);
    expect(toTimeToTrip(declared, 0)?.expectedMs).toBeGreaterThan(seconds * 1_000);
  });

  test('without bursts there is no such floor', () => {
    expect(toLeastTimeToTripMs({ ...guard, burstMs: 0 })).toBe(0);
    expect(toLeastTimeToTripMs({ ...guard, from: 0.9999999, burstMs: 60_000 })).toBe(0);
  });
});
