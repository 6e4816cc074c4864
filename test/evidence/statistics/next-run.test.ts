import { describe, expect, test } from '@jest/globals';
import { toEpisodes, toLeastOutage } from '../../../src/evidence/statistics/episodes.ts';
import { toGammaInterval } from '../../../src/evidence/statistics/gamma-interval.ts';
import type { LossRun } from '../../../src/evidence/statistics/loss-runs.ts';
import {
  canOneRunTell,
  expectShare,
  toTellingLengthMs,
  toWorstOfProbability,
} from '../../../src/evidence/statistics/next-run.ts';

/** Runs of losses at 10/s, each as the number of its first prediction and how many it lost. */
function at(...runs: readonly (readonly [first: number, lost: number])[]): readonly LossRun[] {
  return runs.map(([first, lost]) => ({
    from: first * 100,
    until: (first + lost - 1) * 100,
    lost,
  }));
}

describe('episodes', () => {
  test('an outage is one episode, each other loss one of its own', () => {
    const lossRuns = at([10, 1], [100, 30], [200, 2]);
    expect(toEpisodes({ due: 600, lossRuns })).toEqual([30, 1, 1, 1]);
  });

  test('outages less than a second apart are one, with the losses between them', () => {
    const joined = at([100, 30], [134, 1], [138, 10]);
    expect(toEpisodes({ due: 600, lossRuns: joined })).toEqual([41]);
    const apart = at([100, 30], [134, 1], [139, 10]);
    expect(toEpisodes({ due: 600, lossRuns: apart })).toEqual([30, 10, 1]);
  });

  test('how many in a row are an outage depends on the single losses around', () => {
    expect(toLeastOutage({ due: 600, lossRuns: [] })).toBe(3);
    const lossRuns = at(...Array.from({ length: 29 }, (_, index) => [index * 20, 1] as const));
    // ln(0.05/600) / ln(30/600) = 3.14
    expect(toLeastOutage({ due: 600, lossRuns })).toBe(4);
    expect(toLeastOutage({ due: 1, lossRuns: [] })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the gamma interval', () => {
  // As computed with SciPy's chi-square quantiles.
  test.each([
    [[30, 1, 1], 600, 50, [0.0019645624567861237, 0.38243425806303527]],
    [[], 600, 50, [0, 0.3074066211761613]],
    [[10, 0, 20], 1_800, 50, [0.0016957846707813598, 0.12085748195268048]],
  ])(
    'of %j among %i with an outage of %i to reckon with',
    (units, due, mostLost, [lower = 0, upper = 0]) => {
      const interval = toGammaInterval({ units, due, mostLost });
      expect(interval.lower).toBeCloseTo(lower, 9);
      expect(interval.upper).toBeCloseTo(upper, 9);
    },
  );

  test('is the exact interval of a Poisson count where each unit lost one', () => {
    const { lower, upper } = toGammaInterval({ units: [1, 1, 1, 1, 1], due: 600, mostLost: 0 });
    expect(lower).toBeCloseTo(0.0027058106501973676, 10);
    expect(upper).toBeCloseTo(0.01944722013220445, 10);
  });

  test('knows nothing without predictions', () => {
    expect(toGammaInterval({ units: [], due: 0, mostLost: 50 })).toEqual({ lower: 0, upper: 1 });
  });
});

describe('what runs say about the next one', () => {
  const limit = { longestOutageMs: 5_000, ratePerSecond: 10 };
  const clean = { due: 600, lossRuns: [] };

  test('three runs of 60 s without loss, outages of up to 5 s to reckon with: 89.8% or more', () => {
    const { interval, units } = expectShare([clean, clean, clean], limit);
    expect(units).toBe('runs');
    expect(interval.lower).toBeCloseTo(0.898, 3);
    expect(interval.upper).toBe(1);
  });

  test('episodes are the units of one or two runs, runs from three on', () => {
    const run = { due: 600, lossRuns: at([10, 1], [300, 1]) };
    const noLimit = { longestOutageMs: 0, ratePerSecond: 10 };
    expect(expectShare([run, run], noLimit)).toEqual({
      units: 'episodes',
      interval: {
        lower: 1 - toGammaInterval({ units: [1, 1, 1, 1], due: 1_200, mostLost: 0 }).upper,
        upper: 1 - toGammaInterval({ units: [1, 1, 1, 1], due: 1_200, mostLost: 0 }).lower,
      },
    });
    const byRuns = toGammaInterval({ units: [2, 2, 2], due: 1_800, mostLost: 0 });
    expect(expectShare([run, run, run], noLimit).interval.lower).toBe(1 - byRuns.upper);
  });

  test.each([
    [0.95, 1_000, 74],
    [0.95, 5_000, 369],
    [0.95, 15_000, 1_107],
    [0.99, 1_000, 369],
    [0.99, 5_000, 1_844],
    [0.99, 15_000, 5_533],
  ])('a bound of %d and an outage of %i ms need %i s without loss', (bound, longest, seconds) => {
    const claim = { bound, longestOutageMs: longest };
    expect(Math.round(toTellingLengthMs(claim) / 1_000)).toBe(seconds);
    expect(canOneRunTell(claim, (seconds - 1) * 1_000)).toBe(false);
    expect(canOneRunTell(claim, (seconds + 1) * 1_000)).toBe(true);
  });

  test('that length is where the expectation without loss reaches the bound', () => {
    const claim = { bound: 0.95, longestOutageMs: 5_000 };
    const due = (toTellingLengthMs(claim) / 1_000) * limit.ratePerSecond;
    expect(expectShare([{ due, lossRuns: [] }], limit).interval.lower).toBeCloseTo(0.95, 9);
  });

  test('a bound of 1 can never be told', () => {
    expect(canOneRunTell({ bound: 1, longestOutageMs: 1_000 }, 1e12)).toBe(false);
  });

  test('the next run is no worse than the worst of k with k/(k+1)', () => {
    expect([1, 3, 10, 19].map(toWorstOfProbability)).toEqual([0.5, 0.75, 10 / 11, 0.95]);
  });
});
