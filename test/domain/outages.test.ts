import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { findDisturbances } from '../../src/domain/disturbances.ts';
import type { PodChange, SecondMeasurement } from '../../src/domain/measurement.ts';
import { countBackground, findOutages, toOutageRule } from '../../src/domain/outages.ts';
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
    expect(outages[0]).toMatchObject({ sent: 20, failures: { refused: 5 } });
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

  describe('after a baseline without a loss', () => {
    const toRule = (...losses: number[]) =>
      toOutageRule({
        ...sampleRun(),
        baseline: { measurement: sampleMeasurement() },
        observed: { measurement: { ...sampleMeasurement(), seconds: seconds(...losses) } },
      });
    const scattered = Array.from({ length: 60 }, (_, second) => Number(second % 2 === 0));

    test.each([
      ['a moment', [0, 2, 1, 0]],
      ['single ones as a pod dies', [0, 1, 0, 1, 1, 0, 0]],
      ['a long one', [0, 9, 10, 10, 10, 10, 4]],
      ['nothing', [0, 0, 0]],
    ])('are whatever was lost: %s', (_name, losses) => {
      expect(toRule(...losses)).toBeUndefined();
    });

    test('are not made of single losses that lie scattered', () => {
      const rule = toRule(...scattered);
      const outages = findOutages(seconds(...scattered), rule);
      expect(outages).toEqual([]);
      expect(rule && countBackground(seconds(...scattered), outages, rule)).toMatchObject({
        lost: 30,
        sent: 600,
        isNew: true,
      });
    });

    test('are found between scattered losses, and where a third of the service is away', () => {
      const withOutage = scattered.with(20, 10).with(21, 10);
      const outages = findOutages(seconds(...withOutage), toRule(...withOutage));
      expect(outages.map(({ from, until }) => [from, until])).toEqual([[at(20), at(23)]]);
      const third = Array.from({ length: 60 }, (_, second) => (second < 5 ? 0 : 3 + (second % 2)));
      const long = findOutages(seconds(...third), toRule(...third));
      expect(long.map(({ from, until }) => [from, until])).toEqual([[at(5), at(60)]]);
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
