import { describe, expect, test } from '@jest/globals';
import { compareRuns } from '../../../src/evidence/statistics/compare-runs.ts';
import { testEpisodes, toLeastEpisodes } from '../../../src/evidence/statistics/episode-test.ts';
import type { Observation } from '../../../src/evidence/statistics/loss-runs.ts';
import { toPredictionInterval } from '../../../src/evidence/statistics/prediction-interval.ts';
import { toDifference } from '../../../src/evidence/statistics/share-difference.ts';
import { createSeededRandom } from '../../support/bursty-losses.ts';

/** A run of 60 s at 10/s with outages of this many losses, beginning every 10 s. */
function withOutages(...outages: readonly number[]): Observation {
  const lossRuns = outages.map((lost, index) => ({
    from: index * 10_000,
    until: index * 10_000 + (lost - 1) * 100,
    lost,
  }));
  return { due: 600, lossRuns };
}

const six = withOutages(10, 10, 10, 10, 10, 10);
const none = withOutages();

describe('the measured difference', () => {
  test('combines both intervals as MOVER does', () => {
    // Zou & Donner: d ± the root of the squared distances to the ends that lie apart.
    const now = { share: 0.9, interval: { lower: 0.87, upper: 0.92 } };
    const before = { share: 0.95, interval: { lower: 0.94, upper: 0.99 } };
    const { difference, interval } = toDifference(now, before);
    expect(difference).toBeCloseTo(-0.05, 12);
    expect(interval.lower).toBeCloseTo(-0.05 - Math.hypot(0.03, 0.04), 12);
    expect(interval.upper).toBeCloseTo(-0.05 + Math.hypot(0.02, 0.01), 12);
  });

  test('is told whatever else can be', () => {
    const measured = compareRuns(withOutages(30), [none], 'constant')?.measured;
    expect(measured?.difference).toBeCloseTo(-0.05, 12);
    expect(measured?.interval.upper).toBeLessThan(0);
  });
});

describe('the episode test', () => {
  test('adds up all allocations that are as uneven', () => {
    // All six in one of two runs: 2 of 64.
    expect(testEpisodes({ now: [1, 1, 1, 1, 1, 1], before: [], part: 0.5 })).toBeCloseTo(
      2 / 64,
      12,
    );
    // Three or more of four, or one or fewer: 10 of 16.
    expect(testEpisodes({ now: [1, 1, 1], before: [1], part: 0.5 })).toBeCloseTo(10 / 16, 12);
    // 7 of 28 are expected: 20 or more need the big one, and nothing is as far below.
    const part = 0.25;
    expect(testEpisodes({ now: [20], before: [4, 2, 2], part })).toBeCloseTo(part, 12);
  });

  test('agrees with drawn allocations', () => {
    const random = createSeededRandom(1);
    const sets = { now: [9, 1, 1, 7], before: [3, 1, 4, 1, 5], part: 0.3 };
    const all = [...sets.now, ...sets.before];
    let extreme = 0;
    for (let draw = 0; draw < 20_000; draw += 1) {
      const lost = all.reduce((sum, weight) => sum + (random() < sets.part ? weight : 0), 0);
      if (Math.abs(lost - 0.3 * 32) >= Math.abs(18 - 0.3 * 32) - 1e-9) extreme += 1;
    }
    expect(Math.abs(testEpisodes(sets) - extreme / 20_000)).toBeLessThan(0.01);
  });

  test('takes many episodes as normal, with hardly a step', () => {
    const ones = (count: number) => Array.from({ length: count }, () => 1);
    const exact = testEpisodes({ now: ones(38), before: ones(22), part: 0.5 });
    const normal = testEpisodes({ now: ones(39), before: ones(22), part: 0.5 });
    // z = 8.5/√15.25
    expect(normal).toBeCloseTo(0.0295, 3);
    expect(Math.abs(exact - normal)).toBeLessThan(0.03);
  });

  test('is 1 where nothing was lost, or just what was expected', () => {
    expect(testEpisodes({ now: [], before: [], part: 0.5 })).toBe(1);
    expect(testEpisodes({ now: [3], before: [3], part: 0.5 })).toBe(1);
  });

  test.each([
    [1, 'better', 6],
    [1, 'worse', 6],
    [5, 'better', 17],
    [5, 'worse', 2],
    [3, 'worse', 3],
  ] as const)('against %i earlier runs, %s needs %i episodes', (earlier, way, needed) => {
    expect(toLeastEpisodes(1 / (earlier + 1), way, 0.05)).toBe(needed);
  });

  test('a part of nothing or all needs more episodes than there are', () => {
    for (const part of [0, 1, Number.NaN])
      expect(toLeastEpisodes(part, 'better', 0.05)).toBe(Number.POSITIVE_INFINITY);
    expect(toLeastEpisodes(1e-9, 'better', 0.05)).toBeGreaterThan(2.9e9);
  });
});

describe('the prediction interval', () => {
  test('is that of the t distribution', () => {
    const interval = toPredictionInterval([0.95, 0.96, 0.93]);
    expect(interval?.lower).toBeCloseTo(0.8707750059947317, 9);
    expect(interval?.upper).toBeCloseTo(1.0225583273386016, 9);
    expect(toPredictionInterval([0.95])).toBeUndefined();
  });
});

describe('a run against earlier ones', () => {
  test('fewer than six outages in two runs are too few', () => {
    const comparison = compareRuns(withOutages(50, 50, 50), [none], 'constant');
    expect(comparison).toMatchObject({
      change: 'too-few-episodes',
      episodes: 3,
      neededEpisodes: 6,
      assumesRunsAlike: true,
    });
  });

  test('all of six outages in one of two runs are a change', () => {
    expect(compareRuns(six, [none], 'constant')?.change).toBe('worse');
    expect(compareRuns(none, [six], 'constant')?.change).toBe('better');
    const even = compareRuns(withOutages(10, 10, 10), [withOutages(10, 10, 10)], 'constant');
    expect(even?.change).toBe('no-difference-can-be-told');
  });

  test('from three earlier runs on, both the test and the prediction interval must speak', () => {
    const tens = (count: number) => withOutages(...Array.from({ length: count }, () => 10));
    // Twenty episodes where eight are expected, in a run like which others scatter.
    const scattered = compareRuns(tens(20), [tens(12), none, none], 'constant');
    expect(scattered?.probability).toBeLessThan(0.01);
    expect(scattered?.expected?.lower).toBeLessThan(0.7);
    expect(scattered).toMatchObject({
      change: 'no-difference-can-be-told',
      assumesRunsAlike: false,
    });
    const alike = compareRuns(tens(20), [tens(4), tens(4), tens(4)], 'constant');
    expect(alike?.change).toBe('worse');
    expect(alike?.expected?.lower).toBeCloseTo(1 - 40 / 600, 12);
  });

  test('nothing measured on either side compares nothing', () => {
    expect(compareRuns({ due: 0, lossRuns: [] }, [six], 'constant')).toBeUndefined();
    expect(compareRuns(six, [], 'constant')).toBeUndefined();
  });
});
