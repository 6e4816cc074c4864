import { describe, expect, test } from '@jest/globals';
import { describePeak } from '../../src/domain/describe-peak.ts';
import { toGuardFacts } from '../../src/cards/describe-guards.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import type { Guard } from '../../src/domain/guard.ts';
import { boundLongestRow, countConsecutiveLost, listBreaks } from '../../src/domain/lost-rows.ts';
import {
  findLowestWindow,
  toWatchedStream,
  type WatchedStream,
} from '../../src/domain/guard-peaks.ts';
import type { Gap, SecondMeasurement } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { foldRun } from '../../src/domain/run.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { startOfTime } from '../support/proposal.ts';
import { toJournal } from '../support/story-journal.ts';

const floor: Guard = { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 };
const at = (second: number) => startOfTime + second * 1_000;

const watch = (
  seconds: readonly SecondMeasurement[],
  gaps: readonly Gap[] = [],
): WatchedStream => ({
  seconds,
  before: [],
  since: at(0) + 500,
  gaps,
  ratePerSecond: 10,
  mostSeconds: 180,
});

/** A run in which the fault begins with the loss of four predictions in two seconds. */
const journal = toJournal({
  faultAt: 60,
  goneAt: 90,
  endAt: 120,
  leastReady: 2,
  lost: (second) => (second === 60 ? 1 : second === 61 ? 3 : 0),
  changes: [],
  proposal: { guards: [floor, { kind: 'lost-sight', afterMs: 15_000 }] },
});
const run = foldRun(journal);
const fourLost =
  'owest availability over 10s: 96%, in the whole seconds until 09:01:02 UTC (floor 50%)';

describe('the lowest availability that a floor looked at', () => {
  test('is of whole windows also where the fault begins with its losses', () => {
    expect(toCardTexts(renderSummaryCard(run))).toContain(`Guards: l${fourLost}`);
    const [detail] = toReport(journal, { version: '0.1.0' }).guards.map((guard) => guard.detail);
    expect(detail).toBe(`L${fourLost}.`);
  });

  test('is not of what came after the fault was being ended', () => {
    const stopped = { ...run, cancelRequestedAt: at(60) };
    expect(findLowestWindow(10_000, toWatchedStream(stopped))?.share).toBe(1);
    const refused = { ...run, stop: { by: run.proposal.proposer, at: at(60) } };
    expect(findLowestWindow(10_000, toWatchedStream(refused))?.share).toBe(1);
  });

  const second = (index: number, good = 10): SecondMeasurement => ({
    at: at(index),
    sent: 10,
    good,
    failures: {},
  });
  const row = (from: number, until: number, good = 10) =>
    Array.from({ length: until - from }, (_, index) => second(from + index, good));

  test('is of no window that began before the first prediction', () => {
    expect(findLowestWindow(10_000, watch([...row(0, 1, 0), ...row(1, 10)]))).toBeUndefined();
    const later = findLowestWindow(10_000, watch([...row(0, 1, 0), ...row(1, 12)]));
    expect(later).toMatchObject({ share: 1 });
    expect(describePeak(floor, watch(row(0, 9)))).toBe(
      'availability was never measured over a whole 10s',
    );
  });

  test('is of no window with a gap in it, but for a moment', () => {
    const seconds = [...row(0, 15), second(15, 0), ...row(16, 40)];
    const gap = { from: at(14), until: at(14) + 1_500, due: 15, reason: 'paused' } as const;
    expect(findLowestWindow(10_000, watch(seconds))).toMatchObject({ share: 0.9 });
    expect(findLowestWindow(10_000, watch(seconds, [gap]))).toMatchObject({ share: 1 });
    const moment = { ...gap, until: at(14) + 500 };
    expect(findLowestWindow(10_000, watch(seconds, [moment]))).toMatchObject({ share: 0.9 });
  });

  test('says where minutes that are recorded as a whole may have a lower one', () => {
    const minute = { ...second(1), spanMs: 60_000, sent: 600, good: 540 };
    const stream = watch([second(0), minute, ...row(61, 80)]);
    expect(findLowestWindow(10_000, stream)).toMatchObject({ share: 0.9, orLower: true });
    expect(describePeak(floor, stream)).toContain('over 10s: 90% or lower, in');
    const lossless = watch([{ ...minute, good: 600 }, ...row(61, 62, 5), ...row(62, 80)]);
    expect(findLowestWindow(10_000, lossless)).toMatchObject({ share: 0.95, orLower: false });
  });

  test('is said to have gone by due time only where it is below the floor of a guard that held', () => {
    expect(describePeak(floor, watch([...row(0, 15), ...row(15, 23, 0)]))).toContain(
      ': 20%, in the whole seconds until 09:00:23 UTC (floor 50%, but not as predictions became known)',
    );
  });
});

describe('the longest row of lost predictions', () => {
  const counted = (...goods: number[]) =>
    goods.map((good, index) => ({ at: at(index), sent: 10, good, failures: {} }));

  test.each([
    [[10, 10], { least: 0, most: 0 }],
    [[10, 0, 0, 10], { least: 20, most: 20 }],
    [[7, 0, 6], { least: 10, most: 17 }],
    [[5, 10], { least: 1, most: 5 }],
    [[5, 5], { least: 1, most: 10 }],
    [[1, 10], { least: 5, most: 9 }],
  ])('with %j good of ten in each second is between bounds', (goods, bounds) => {
    expect(boundLongestRow(counted(...goods), [])).toEqual(bounds);
  });

  describe('is not joined over a break of the measurement', () => {
    const unmeasured = Array.from({ length: 10 }, (_, index) => ({
      at: at(index + 1),
      sent: 0,
      good: 0,
      failures: {},
      unmeasured: 10,
    }));
    const lost = (second: number, count: number) => ({
      at: at(second),
      sent: count,
      good: 0,
      failures: { timeout: count },
    });
    const seconds = [lost(0, 6), ...unmeasured, lost(11, 6)];
    const gap = (fromMs: number, untilMs: number): Gap => ({
      from: at(0) + fromMs,
      until: at(0) + untilMs,
      due: 1,
      reason: 'paused',
    });

    test('by its seconds', () => {
      const breaks = listBreaks({ seconds, gaps: [], ratePerSecond: 10 });
      expect(boundLongestRow(seconds, breaks)).toEqual({ least: 6, most: 6 });
      expect(countConsecutiveLost(seconds, breaks)).toBe(6);
    });

    test.each([
      [[gap(500, 1_500)], 5, 5],
      [[gap(500, 900), gap(900, 1_500)], 5, 5],
      [[gap(500, 1_000)], 10, 10],
    ] as const)('by the gaps %j', (gaps, row, current) => {
      const two = [lost(0, 5), lost(1, 5)];
      const breaks = listBreaks({ seconds: two, gaps, ratePerSecond: 10 });
      expect(boundLongestRow(two, breaks)).toEqual({ least: row, most: row });
      expect(countConsecutiveLost(two, breaks)).toBe(current);
    });

    test('also within a minute that is recorded as a whole', () => {
      const minute = { ...lost(0, 100), spanMs: 60_000 };
      const breaks = listBreaks({ seconds: [], gaps: [gap(9_000, 12_000)], ratePerSecond: 10 });
      expect(boundLongestRow([minute], breaks)).toEqual({ least: 50, most: 100 });
    });

    test('is said to have been one by due time only where it would have ended the fault', () => {
      const guard: Guard = { kind: 'consecutive-failures', count: 6 };
      expect(describePeak(guard, watch(seconds))).toBe(
        'longest row of lost predictions: 6, but not as predictions became known (6 end the fault)',
      );
    });

    test('on cards and in reports', () => {
      const guard: Guard = { kind: 'consecutive-failures', count: 10 };
      expect(describePeak(guard, watch(seconds))).toBe(
        'longest row of lost predictions: 6 (10 end the fault)',
      );
      const asked = { ...run, startRequestedAt: at(0) };
      const all = { ...asked, proposal: { ...run.proposal, guards: [guard] } };
      const { measurement } = run.observed ?? { measurement: undefined };
      if (!measurement) throw new TypeError('Nothing was measured.');
      const { predictions, pods } = measurement;
      const seen: Progress = {
        at: at(12),
        phase: 'observe',
        predictions,
        seconds,
        pods: { pods: [], confirmedAt: at(12) },
        changes: pods.changes,
        windows: [],
      };
      expect(toGuardFacts(all, seen)).toEqual([
        { title: 'Failures-in-a-row guard', value: '6 lost in a row, 10 end the fault' },
      ]);
    });
  });
});
