import { describe, expect, test } from '@jest/globals';
import { toLengthForNextRunMs } from '../../../src/evidence/statistics/next-run-power.ts';
import { expectShare, toTellingLengthMs } from '../../../src/evidence/statistics/next-run.ts';
import { createSeededRandom, drawRun } from '../../support/bursty-losses.ts';

const ratePerSecond = 10;
const wish = (bound: number, supposed: number, power = 0.8) => ({ bound, supposed, power });

/** Outages of up to 5 s, a third of that on average, as the outlook supposes. */
const pattern = { burstMs: 5_000 / 3, background: 0, ratePerSecond, longestOutageMs: 5_000 };

/** How often one run of this length says on which side of the bound such a service is. */
function simulate(bound: number, supposed: number, lengthMs: number): number {
  const random = createSeededRandom(31);
  const service = { burstSeconds: pattern.burstMs / 1_000, lost: 1 - supposed };
  const watch = { ratePerSecond, seconds: lengthMs / 1_000 };
  const repeats = 400;
  let decided = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const { interval } = expectShare([drawRun(random, service, watch)], pattern);
    if (supposed > bound ? interval.lower >= bound : interval.upper < bound) decided += 1;
  }
  return decided / repeats;
}

describe('how long one run must be to say whether the bound would hold again', () => {
  // Two standard errors are 4 points.
  test.each([
    [0.95, 0.99, 0.8],
    [0.95, 0.975, 0.8],
    [0.99, 0.998, 0.8],
    [0.95, 0.99, 0.9],
    [0.95, 0.9, 0.8],
  ])('a bound of %d and %d supposed: as sure as %d', (bound, supposed, power) => {
    const lengthMs = toLengthForNextRunMs(wish(bound, supposed, power), pattern) ?? 0;
    expect(simulate(bound, supposed, lengthMs)).toBeGreaterThan(power - 0.04);
    expect(simulate(bound, supposed, lengthMs / 2)).toBeLessThan(power - 0.15);
  });

  test('where nothing is ever lost it is what no loss at all needs', () => {
    const leastMs = toTellingLengthMs({ bound: 0.95, longestOutageMs: 5_000 });
    const lengthMs = toLengthForNextRunMs(wish(0.95, 1), pattern) ?? 0;
    expect(lengthMs).toBeGreaterThanOrEqual(leastMs);
    expect(lengthMs).toBeLessThan(leastMs * 1.002);
  });

  test('no length decides the bound itself, and a year not what is next to it', () => {
    expect(toLengthForNextRunMs(wish(0.95, 0.95), pattern)).toBeUndefined();
    expect(toLengthForNextRunMs(wish(0.95, 0.950_01), pattern)).toBeUndefined();
  });

  test('bursts with next to no good time between them are one outage', () => {
    const often = { ...pattern, burstMs: 33, longestOutageMs: 100 };
    for (const supposed of [0.99, 0.9, 0.8])
      expect(toLengthForNextRunMs(wish(0.95, supposed), often)).toBeGreaterThan(0);
    expect(toLengthForNextRunMs(wish(0.95, 0.01), often)).toBeUndefined();
  });
});
