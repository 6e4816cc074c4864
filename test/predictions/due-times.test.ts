import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { DueTimes } from '../../src/predictions/due-times.ts';

function take(due: DueTimes, count: number): readonly number[] {
  return Array.from({ length: count }, () => {
    const { dueAt } = due;
    due.pass();
    return dueAt;
  });
}

const rate = fc.oneof(
  fc.double({ min: 0.1, max: 1_000, noNaN: true }),
  fc.constantFrom(0.1, 1, 10, 100, 1_000),
);
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe('due times', () => {
  test('have one in each slot of 1 / rate, at every rate', () => {
    const property = fc.property(rate, seed, (ratePerSecond, chosen) => {
      const due = new DueTimes({ ratePerSecond }, { seed: chosen, startAt: 0 });
      const slots = take(due, 500).map((dueAt) => Math.floor((dueAt * ratePerSecond) / 1_000));
      expect(slots).toEqual(slots.map((_, index) => index));
    });
    fc.assert(property, { seed: 20_261_126 });
  });

  test('are uniform inside of their slots, so that no rhythm of a service is in step with them', () => {
    const due = new DueTimes({ ratePerSecond: 10 }, { seed: 3, startAt: 0 });
    const places = take(due, 20_000).map((dueAt) => (dueAt % 100) / 100);
    const sorted = places.toSorted((left, right) => left - right);
    const distances = sorted.map((place, index) => Math.abs(place - index / sorted.length));
    // Kolmogorov and Smirnov: more than 1.95 / sqrt(n) in one of 1,000 seeds.
    expect(Math.max(...distances)).toBeLessThan(1.95 / Math.sqrt(sorted.length));
    const pairs = places
      .slice(1)
      .map((place, index) => (place - 0.5) * ((places[index] ?? 0) - 0.5));
    const correlation = (12 * pairs.reduce((sum, pair) => sum + pair, 0)) / pairs.length;
    expect(Math.abs(correlation)).toBeLessThan(0.03);
  });

  test('are the same for the same seed, from whichever time on they are walked', () => {
    const arrivals = fc.constantFrom(undefined, { kind: 'poisson' as const, seed: 5 });
    const property = fc.property(rate, seed, arrivals, fc.nat(200), (...drawn) => {
      const [ratePerSecond, chosen, kind, passed] = drawn;
      const service = { ratePerSecond, ...(kind ? { arrivals: kind } : {}) };
      const options = { seed: chosen, startAt: 1_795_650_000_000.25 };
      const whole = take(new DueTimes(service, options), 300);
      const resumed = new DueTimes(service, options);
      expect(resumed.passUntil(whole[passed] ?? 0)).toBe(passed);
      expect(resumed.count).toBe(passed);
      expect(take(resumed, 300 - passed)).toEqual(whole.slice(passed));
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('of a Poisson process have exponential gaps with the mean of the rate', () => {
    const arrivals = { kind: 'poisson' as const, seed: 11 };
    const due = new DueTimes({ ratePerSecond: 10, arrivals }, { seed: 1, startAt: 0 });
    const times = take(due, 20_000);
    const gaps = times.map((dueAt, index) => dueAt - (times[index - 1] ?? 0));
    const mean = (times.at(-1) ?? 0) / gaps.length;
    expect(mean).toBeGreaterThan(97);
    expect(mean).toBeLessThan(103);
    // Memoryless: of an exponential 1 - 1/e are below the mean.
    const below = gaps.filter((gap) => gap < 100).length / gaps.length;
    expect(Math.abs(below - (1 - 1 / Math.E))).toBeLessThan(0.015);
    const other = { ...arrivals, seed: 12 };
    const others = new DueTimes({ ratePerSecond: 10, arrivals: other }, { seed: 1, startAt: 0 });
    expect(others.dueAt).not.toBe(times[0]);
  });
});
