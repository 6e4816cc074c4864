import { describe, expect, test } from '@jest/globals';
import { OutageFinder } from '../../../src/evidence/statistics/outage-finder.ts';
import {
  toBackgroundLimit,
  toScores,
  toShortestTellable,
} from '../../../src/evidence/statistics/outage-scoring.ts';

const scoring = { background: 0.01, ratePerSecond: 10 };

/** Sees predictions every 100 ms: `.` good, `x` lost, with a count before each. */
function find(text: string, { background, ratePerSecond } = scoring): OutageFinder {
  const finder = new OutageFinder({ background, ratePerSecond });
  let at = 0;
  for (const [, count, kind] of text.matchAll(/(\d+)([.x])/g))
    for (let index = 0; index < Number(count); index += 1, at += 100)
      finder.see({ dueAt: at, good: kind === '.' });
  return finder;
}

describe('an outage', () => {
  test('lasts from its first to its last loss', () => {
    expect(find('50. 20x 50.').outages).toEqual([
      { from: 5_000, until: 6_900, lost: 20, due: 20, depth: 1 },
    ]);
  });

  test('may have good predictions in it, and knows its depth', () => {
    expect(find('50. 4x 2. 4x 50.').outages).toEqual([
      { from: 5_000, until: 5_900, lost: 8, due: 10, depth: 0.8 },
    ]);
  });

  test('ends before single losses that follow', () => {
    expect(find('50. 20x 10. 1x 5. 1x 50.').outages).toMatchObject([{ until: 6_900, lost: 20 }]);
  });

  test('is told while it goes on, and only grows', () => {
    expect(find('50. 3x').outages).toEqual([]);
    expect(find('50. 4x').outages).toMatchObject([{ from: 5_000, until: 5_300 }]);
    expect(find('50. 9x').outages).toMatchObject([{ from: 5_000, until: 5_800 }]);
  });

  test('is one of its own after the service was surely good again', () => {
    // The score of a minute's outage is so high that it takes five minutes to fall back to 0.
    expect(find('50. 600x 100. 50x 50.').outages).toMatchObject([
      { from: 5_000, until: 64_900, lost: 600 },
      { from: 75_000, until: 79_900, lost: 50 },
    ]);
  });

  test('does not reach across time that was not observed', () => {
    const finder = new OutageFinder(scoring);
    const seeLost = (from: number) => {
      for (let at = from; at < from + 1_000; at += 100) finder.see({ dueAt: at, good: false });
    };
    seeLost(0);
    finder.interrupt();
    seeLost(60_000);
    expect(finder.outages).toMatchObject([
      { from: 0, until: 900 },
      { from: 60_000, until: 60_900 },
    ]);
    finder.interrupt();
    expect(finder.outages).toHaveLength(2);
  });

  test('is not made of single losses, however many', () => {
    const finder = find('20. 1x '.repeat(100));
    expect(finder.outages).toEqual([]);
    expect(finder.background).toEqual({ lost: 100, due: 2_100 });
  });

  test('leaves the rest as background', () => {
    expect(find('50. 1x 49. 20x 50. 1x 49.').background).toEqual({ lost: 2, due: 200 });
  });

  test('7 lost of 57 over 8.4 s, as from random errors of 5%, are no outage', () => {
    const finder = find('3. 1x 9. 1x 8. 1x 1. 1x 12. 1x 6. 1x 11. 1x', {
      background: 0.08,
      ratePerSecond: 10,
    });
    expect(finder.outages).toEqual([]);
    expect(finder.background).toEqual({ lost: 7, due: 57 });
  });
});

describe('the scores', () => {
  test('are likelihood ratios of half lost against the background', () => {
    const scores = toScores(scoring);
    expect(scores?.lost).toBeCloseTo(Math.log(50), 12);
    expect(scores?.good).toBeCloseTo(Math.log(0.5 / 0.99), 12);
    expect(scores?.limit).toBeCloseTo(Math.log(360_000), 12);
  });

  test.each([
    [0.001, 10, 3],
    [0.01, 10, 4],
    [0.05, 10, 6],
    [0.001, 100, 3],
    [0.01, 100, 4],
    [0.05, 100, 7],
  ])(
    'a background of %d at %i/s hides less than %i in a row',
    (background, ratePerSecond, lost) => {
      const shortest = toShortestTellable({ background, ratePerSecond });
      expect(shortest).toEqual({ lost, ms: (lost / ratePerSecond) * 1_000 });
      const told = { background, ratePerSecond };
      expect(find(`50. ${lost}x`, told).outages).toHaveLength(1);
      expect(find(`50. ${lost - 1}x`, told).outages).toHaveLength(0);
    },
  );

  test('no outage can be told from a background that loses half', () => {
    const half = { background: 0.5, ratePerSecond: 10 };
    expect(toScores(half)).toBeUndefined();
    expect(toShortestTellable(half)).toBeUndefined();
    expect(find('50. 100x', half).outages).toEqual([]);
    expect(find('50. 100x', half).background).toEqual({ lost: 100, due: 150 });
  });

  test('the background is the most that a baseline allows', () => {
    expect(toBackgroundLimit({ lost: 5, due: 600 })).toBeCloseTo(0.017441325398446703, 9);
    expect(toBackgroundLimit({ lost: 0, due: 600 })).toBeCloseTo(1 - 0.05 ** (1 / 600), 9);
    expect(toBackgroundLimit({ lost: 0, due: 0 })).toBe(1);
  });
});
