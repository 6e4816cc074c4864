import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { findDisturbances } from '../../src/domain/disturbances.ts';
import type { PodChange, SecondMeasurement } from '../../src/domain/measurement.ts';
import {
  countBackground,
  findOutages,
  findScattered,
  toOutageRule,
} from '../../src/domain/outages.ts';
import { SecondTally } from '../../src/evidence/predictions/second-tally.ts';
import { sampleMeasurement, sampleRun, startOfTime } from '../support/proposal.ts';

const at = (second: number) => startOfTime + 60_000 + second * 1_000;
const change = (second: number, pod: string, kind: PodChange['kind'], detail = ''): PodChange => ({
  at: at(second),
  pod,
  kind,
  detail,
});
/** One second for each number, which says how many of ten predictions were lost. */
const seconds = (...losses: number[]): SecondMeasurement[] =>
  losses.map((lost, second) => ({
    at: at(second),
    sent: 10,
    good: 10 - lost,
    failures: lost === 0 ? {} : { refused: lost },
  }));

describe('outages', () => {
  test('are seconds with losses, with at most a good one between them', () => {
    const outages = findOutages(seconds(0, 3, 0, 2, 0, 0, 1));
    expect(outages.map(({ from, until, lost }) => [from, until, lost])).toEqual([
      [at(1), at(4), 5],
      [at(6), at(7), 1],
    ]);
    expect(outages[0]).toMatchObject({ sent: 30, failures: { refused: 5 } });
  });

  test('are told from background losses by their depth, where the baseline has such losses', () => {
    const scoring = { background: 0.06, ratePerSecond: 10 };
    const noise: number[] = Array.from({ length: 60 }, (_, second) => 1 - (second % 2));
    expect(findOutages(seconds(...noise))).toHaveLength(1);
    expect(findOutages(seconds(...noise), scoring)).toEqual([]);
    const withOutages = noise.with(20, 9).with(21, 10).with(40, 8);
    const outages = findOutages(seconds(...withOutages), scoring);
    expect(outages.map(({ from, until, lost }) => [from, until, lost])).toEqual([
      [at(20), at(22), 19],
      [at(40), at(41), 8],
    ]);
    expect(countBackground(seconds(...withOutages), outages, scoring)).toEqual({
      lost: 28,
      sent: 570,
      shortestMs: 700,
    });
  });

  test.each([
    ['begins', [0, 1, 10, 10, 0], { first: 900, last: 900 }, [1, 4]],
    ['ends', [0, 10, 10, 1, 0], { first: 0, last: 0 }, [1, 4]],
    [
      'is not begun by a loss of the background',
      [0, 1, 10, 10, 0],
      { first: 100, last: 100 },
      [2, 4],
    ],
  ])('an outage %s in a second that lost few as its losses lay', (_name, losses, lost, span) => {
    const measured = seconds(...losses).map((second) => {
      const { first, last } = lost;
      const lostAt = { first: second.at + first, last: second.at + last };
      return second.good === 9 ? { ...second, lostAt } : second;
    });
    const outages = findOutages(measured, { background: 0.06, ratePerSecond: 10 });
    expect(outages.map(({ from, until }) => [from, until])).toEqual([span.map(at)]);
  });

  test('an outage has the seconds of its first and its last loss, wherever in them it begins and ends', () => {
    const outage = fc.record({
      first: fc.integer({ min: 0, max: 30 }),
      lost: fc.integer({ min: 13, max: 40 }),
    });
    fc.assert(
      fc.property(outage, ({ first, lost }) => {
        const tally = new SecondTally();
        for (let index = 0; index < 80; index += 1) {
          const outcome = index >= first && index < first + lost ? 'timeout' : 'good';
          tally.record({ dueAt: at(0) + index * 100, outcome, latencyMs: 1 });
        }
        const found = findOutages(tally.measurements(), { background: 0.06, ratePerSecond: 10 });
        expect(found.map(({ from, until }) => [from, until])).toEqual([
          [at(Math.floor(first / 10)), at(Math.ceil((first + lost) / 10))],
        ]);
      }),
    );
  });

  describe('after a baseline without a loss', () => {
    const rule = toOutageRule({
      ...sampleRun(),
      baseline: { measurement: sampleMeasurement() },
    });
    const find = (measured: readonly SecondMeasurement[]) =>
      findOutages(measured, rule).map(({ from, until }) => [from, until]);
    const scattered = Array.from({ length: 60 }, (_, second) => Number(second % 2 === 0));

    test.each([
      ['a moment', [0, 2, 1, 0]],
      ['single ones as a pod dies', [0, 1, 0, 1, 1, 0, 0]],
      ['a long one', [0, 9, 10, 10, 10, 10, 4]],
      ['nothing', [0, 0, 0]],
    ])('are whatever was lost: %s', (_name, losses) => {
      expect(findOutages(seconds(...losses), rule)).toEqual(findOutages(seconds(...losses)));
      expect(findScattered(seconds(...losses), rule)).toEqual([]);
    });

    test('are not made of single losses that lie scattered', () => {
      const outages = findOutages(seconds(...scattered), rule);
      expect(outages).toEqual([]);
      expect(findScattered(seconds(...scattered), rule)).toMatchObject([
        { from: at(0), until: at(59), lost: 30, sent: 590 },
      ]);
      // Five in a hundred, as chance has them.
      const chance = [0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1];
      expect(findOutages(seconds(...chance), rule)).toEqual([]);
      expect(findScattered(seconds(...chance), rule)).toHaveLength(5);
      expect(rule && countBackground(seconds(...scattered), outages, rule)).toEqual({
        lost: 30,
        sent: 600,
        cleanOf: 600,
      });
    });

    test('are not made of them where another minute was merged, and are where their own was', () => {
      const minute = { at: at(-120), spanMs: 60_000, sent: 600, good: 600, failures: {} };
      expect(find([minute, ...seconds(...scattered)])).toEqual([]);
      const lossy = { ...minute, at: at(-60), good: 590, failures: { refused: 10 } };
      expect(find([lossy, ...seconds(...scattered)])).toEqual([[at(-60), at(59)]]);
      const hour = [...Array(60).keys()].map((index) => ({ ...lossy, at: at(-60 * (60 - index)) }));
      expect(find(hour)).toEqual([]);
    });

    test('are as deep as all that was measured in them, also at a low rate', () => {
      const slow = scattered.map((lost, index) => ({
        at: at(index),
        sent: 2,
        good: 2 - lost,
        failures: lost === 0 ? {} : { refused: lost },
      }));
      expect(findOutages(slow, rule)).toMatchObject([{ lost: 30, sent: 118 }]);
    });

    test('are those of a dying pod, whatever lies scattered minutes later', () => {
      const quiet = Array.from({ length: 60 }, () => 0);
      expect(find(seconds(0, 1, 1, ...quiet, ...scattered))).toEqual([[at(1), at(3)]]);
    });

    test('are losses that one pod answered, however they lie, and not those of all pods', () => {
      const answer = (pods: readonly string[]) =>
        seconds(...scattered).map((second, index) => ({
          ...second,
          ...(second.good < second.sent
            ? { failedBy: [{ pod: pods[index % pods.length] ?? '', lost: 1 }] }
            : {}),
        }));
      expect(find(answer(['a']))).toEqual([[at(0), at(59)]]);
      expect(find(answer(['a', 'a', 'b', 'b', 'c', 'c']))).toEqual([]);
      expect(find(answer(['a', 'a', 'b', 'b']))).toEqual([]);
    });

    test('are found between scattered losses, and where a third of the service is away', () => {
      const withOutage = scattered.with(20, 10).with(21, 10);
      expect(find(seconds(...withOutage))).toEqual([[at(20), at(23)]]);
      expect(findScattered(seconds(...withOutage), rule)).toMatchObject([
        { lost: 10 },
        { lost: 18 },
      ]);
      const third = Array.from({ length: 60 }, (_, second) => (second < 5 ? 0 : 3 + (second % 2)));
      expect(find(seconds(...third))).toEqual([[at(5), at(60)]]);
      expect(findScattered(seconds(...third), rule)).toEqual([]);
    });
  });

  test('end where nothing was measured', () => {
    const scoring = { background: 0.06, ratePerSecond: 10 };
    const gap = { at: at(3), sent: 0, good: 0, failures: {}, unmeasured: 10 };
    const outages = findOutages(seconds(0, 0, 5, 0, 5).toSpliced(3, 1, gap), scoring);
    expect(outages).toEqual([]);
  });

  test('hold every loss, each once, and nothing but losses at their ends', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10), { maxLength: 60 }), (losses) => {
        const outages = findOutages(seconds(...losses));
        const lost = outages.reduce((sum, outage) => sum + outage.lost, 0);
        expect(lost).toBe(losses.reduce((sum, one) => sum + one, 0));
        for (const { from, until } of outages) {
          expect(losses[(from - at(0)) / 1_000]).toBeGreaterThan(0);
          expect(losses[(until - at(1)) / 1_000]).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('disturbances of pods', () => {
  const spans = (...changes: PodChange[]) =>
    findDisturbances(changes).map(({ pod, from, until }) => [
      pod,
      (from - at(0)) / 1_000,
      until === null ? null : (until - at(0)) / 1_000,
    ]);

  test('last until the pod is ready again', () => {
    expect(
      spans(
        change(1, 'a', 'restarted'),
        change(2, 'a', 'not-ready'),
        change(3, 'b', 'ready'),
        change(9, 'a', 'ready'),
        change(20, 'a', 'not-ready'),
      ),
    ).toEqual([
      ['a', 1, 9],
      ['a', 20, null],
    ]);
  });

  test('of a restart that was never seen as not ready are a moment', () => {
    expect(spans(change(1, 'a', 'restarted'))).toEqual([['a', 1, 1]]);
  });

  test('of a deleted pod last until another is ready in its place, which may be before it is gone', () => {
    expect(
      spans(
        change(1, 'a', 'not-ready', 'not ready (terminating)'),
        change(1, 'd', 'created'),
        change(8, 'd', 'ready'),
        change(31, 'a', 'deleted'),
      ),
    ).toEqual([['a', 1, 8]]);
    expect(
      spans(change(1, 'a', 'deleted'), change(2, 'd', 'created'), change(8, 'd', 'ready')),
    ).toEqual([['a', 1, 8]]);
  });
});
