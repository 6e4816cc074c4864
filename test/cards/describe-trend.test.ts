import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toTrend } from '../../src/cards/describe-trend.ts';
import type { SecondMeasurement } from '../../src/domain/measurement.ts';
import { startOfTime } from '../support/proposal.ts';

const second = (offset: number, good = 10, sent = 10): SecondMeasurement => ({
  at: startOfTime + offset * 1_000,
  sent,
  good,
  failures: {},
});

describe('the trend of a run', () => {
  test('is drawn second by second while it is short, and said in words', () => {
    const trend = toTrend([second(0), second(1, 7), second(2, 9), second(3)], undefined);
    expect(trend?.availability).toEqual([
      { x: 0, y: 100 },
      { x: 1, y: 70 },
      { x: 2, y: 90 },
      { x: 3, y: 100 },
    ]);
    expect(trend?.words.replaceAll('\u00a0', ' ')).toBe(
      'Predictions failed in 2 of 4 seconds; the worst was 70 % at 09:00:01 UTC.',
    );
    expect(toTrend([second(0), second(1)], undefined)?.words).toBe(
      'No prediction failed in 2 seconds.',
    );
  });

  test('shows the worst of the seconds that it joins, as its words have it', () => {
    const seconds = Array.from({ length: 80 }, (_, index) => second(index, index === 41 ? 7 : 10));
    const trend = toTrend(seconds, undefined);
    expect(trend?.availability).toHaveLength(40);
    expect(trend?.availability.filter(({ y }) => y < 100)).toEqual([{ x: 40, y: 70 }]);
    expect(trend?.words.replaceAll('\u00a0', ' ')).toContain('the worst was 70 %');
  });

  test('is cut where nothing was measured, and says for how long', () => {
    const unmeasured = (offset: number) => ({ ...second(offset, 0, 0), unmeasured: 10 });
    const trend = toTrend(
      [second(0), second(1), unmeasured(2), unmeasured(3), second(4), second(6)],
      undefined,
    );
    expect(trend?.pieces.map((piece) => piece.map(({ x }) => x))).toEqual([
      [0, 1],
      [4, 6],
    ]);
    expect(trend?.words).toBe('No prediction failed in 4 seconds. Nothing was measured for 2s.');
  });

  test('has the span of the fault at the bottom', () => {
    const fault = { from: startOfTime + 30_000, until: startOfTime + 90_000 };
    expect(toTrend([second(0), second(120)], fault)?.fault).toEqual([
      { x: 30, y: 0 },
      { x: 90, y: 0 },
    ]);
  });

  test('is nothing before there is something to compare', () => {
    expect(toTrend([], undefined)).toBeUndefined();
    expect(toTrend([second(0)], undefined)).toBeUndefined();
    expect(toTrend([second(0, 0, 0), second(1, 0, 0)], undefined)).toBeUndefined();
  });

  test('stays small and true however long the run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ sent: fc.nat(20), lost: fc.nat(5) }), { maxLength: 5_000 }),
        (counts) => {
          const seconds = counts.map(({ sent, lost }, index) =>
            second(index, Math.max(0, sent - lost), sent),
          );
          const points = toTrend(seconds, undefined)?.availability ?? [];
          expect(points.length).toBeLessThanOrEqual(40);
          for (const [index, { x, y }] of points.entries()) {
            expect(y).toBeGreaterThanOrEqual(0);
            expect(y).toBeLessThanOrEqual(100);
            expect(x).toBeGreaterThan(points[index - 1]?.x ?? -1);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
