import { describe, expect, test } from '@jest/globals';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { describeCoverage, describeUnmeasured } from '../../src/domain/describe-gaps.ts';
import { printSeenAgain } from '../../src/domain/describe-recovery.ts';
import type { PhaseMeasurement, SightGap } from '../../src/domain/measurement.ts';
import { foldRun } from '../../src/domain/run.ts';
import { binSeconds } from '../../src/reports/bin-seconds.ts';
import { toSteps } from '../../src/reports/chart-series.ts';
import { drawChart } from '../../src/reports/draw-chart.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { startOfTime } from '../support/proposal.ts';
import { toResults } from '../support/random-course.ts';
import { recordRun } from '../support/recorded-run.ts';
import { reportJournals } from '../support/report-gallery.ts';

const report = toReport(reportJournals.interrupted, { version: '0.1.0' });
const whole = toReport(reportJournals.held, { version: '0.1.0' });
/** The run's proposal is from 09:00:00; the bot was away from second 80 to 87 and from 121 to 125. */
const coverage =
  'During the fault: Measured 530 of 600 due predictions; 70 not measured: the bot was restarted 09:01:20–09:01:27 UTC.';
const bounded = 'between 1s and 5s after the fault';
const toText = (page: string) =>
  page
    .replaceAll(/<style>.*?<\/style>|<svg.*?<\/svg>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');

const countHatched = (chart = '') => chart.match(/fill="url\(#/g)?.length ?? 0;
/** The same, while the cluster kept the pods from the bot for eight seconds. */
const withGap = (measurement: PhaseMeasurement): PhaseMeasurement => ({
  ...measurement,
  pods: {
    ...measurement.pods,
    gaps: [
      {
        from: startOfTime + 90_000,
        until: startOfTime + 98_000,
        cause: { code: 'forbidden' },
      },
    ],
  },
});

describe('time that was not observed', () => {
  test('is named on the page, with its coverage, its reason and when', () => {
    const page = toText(renderPage(report));
    expect(page).toContain(coverage);
    expect(page).toContain('Measured of due 320 of 320 530 of 600 300 of 300');
    expect(page).toContain('Not measured 09:01:20–09:01:27: the bot was restarted.');
    expect(page).toContain('Predictions were not measured for 4s');
  });

  test('is named in Markdown', () => {
    const text = renderMarkdown(report);
    expect(text).toContain(coverage);
    expect(text).toContain('| Measured of due | 320 of 320 | 530 of 600 | 300 of 300 |');
  });

  test('is named nowhere when there was none', () => {
    expect(renderMarkdown(whole)).not.toContain('ot measured');
    expect(renderPage(whole)).not.toContain('ot measured');
  });

  test('is a gap on the chart with its reason, and no line leads across', () => {
    const drawn = drawChart(report, { width: 'wide' });
    expect(drawn).toContain('not measured: bot restarted');
    expect(drawChart(whole, { width: 'wide' })).not.toContain('not measured');
    const hatched = /<pattern.*fill="var\(--muted\)"/s;
    expect(drawn).toMatch(hatched);
    const { course } = report;
    const without = { ...report, course: { ...course, gaps: [], sightGaps: [] } };
    expect(drawChart(without, { width: 'wide' })).not.toMatch(hatched);
    const bins = binSeconds(report.course.seconds, 240);
    const options = {
      value: ({ availability }: (typeof bins)[number]) => availability,
      zero: 0,
      colour: 'good',
    } as const;
    const points = (toSteps(0, bins, options).data ?? []) as [number, number | null][];
    const at = (second: number) => startOfTime + second * 1_000;
    const around = points.filter(([x]) => x >= at(79) && x <= at(87));
    expect(around).toEqual([
      [at(79), 1],
      [at(80), 1],
      [at(80), null],
      [at(87), 1],
    ]);
  });

  test('is a tick where it was a moment: hatching it would be a black line over all else', () => {
    const { course } = report;
    const from = startOfTime + 65_000;
    const draw = (lengthMs: number) => {
      const gap = { from, until: from + lengthMs, due: 1, reason: 'paused' } as const;
      const sightGaps = [{ ...gap, cause: { code: 'paused' } as const }];
      return drawChart(
        { ...report, course: { ...course, gaps: [gap], sightGaps } },
        { width: 'wide' },
      );
    };
    const none = drawChart(
      { ...report, course: { ...course, gaps: [], sightGaps: [] } },
      { width: 'wide' },
    );
    expect(countHatched(draw(13))).toBe(countHatched(none));
    expect(draw(13)).toContain('not measured: bot paused (for a moment)');
    expect(draw(13)).toContain('pods not seen: bot paused (for a moment)');
    expect(countHatched(draw(2_000))).toBeGreaterThan(countHatched(none));
    expect(draw(2_000)).not.toContain('for a moment');
  });

  test('is a gap in the lanes of the pods, with its reason', () => {
    const { course } = report;
    const isRestart = ({ cause }: SightGap) => cause.code === 'restart';
    expect(course.sightGaps.map(isRestart)).toEqual([true, true]);
    const drawn = drawChart(report, { width: 'wide' });
    expect(drawn).toContain('pods not seen: bot restarted');
    expect(drawChart(whole, { width: 'wide' })).not.toContain('not seen:');
    const seen = drawChart({ ...report, course: { ...course, sightGaps: [] } }, { width: 'wide' });
    expect(countHatched(drawn) - countHatched(seen)).toBe(course.sightGaps.length);
    expect(toText(renderPage(report))).toContain(
      'Pods not seen 09:01:20–09:01:27: the bot was restarted.',
    );
    expect(renderMarkdown(report)).toContain('Pods were not seen for 7s: the bot was restarted.');
    expect(renderMarkdown(whole)).not.toContain('Pods were not seen');
  });

  test('of the pods is told by the cluster where it could not be read', () => {
    const forbidden = reportJournals.held.map((entry) =>
      entry.event.type === 'observed'
        ? { ...entry, event: { ...entry.event, measurement: withGap(entry.event.measurement) } }
        : entry,
    );
    const blind = toReport(forbidden, { version: '0.1.0' });
    expect(drawChart(blind, { width: 'wide' })).toContain('pods not seen: forbidden');
    expect(renderMarkdown(blind)).toContain(
      'Pods were not seen for 8s: the Kubernetes API forbids the bot to list pods (403)',
    );
  });

  test('leaves recovery between the last that was seen before and the first after it', () => {
    expect(toText(renderPage(report))).toContain(bounded);
    expect(renderMarkdown(report)).toContain(`Good again after the fault: ${bounded}`);
    expect(report.recovery).toMatchObject({ predictionsGoodNotBeforeMs: 1_000 });
    expect(renderMarkdown(report)).toContain('Good again after the fault: **between 1s and 5s**');
    expect(renderMarkdown(whole)).toContain('Good again after the fault: **1s**');
  });

  test('leaves pods in between, where they were found to be ready', () => {
    const { curve } = report;
    const found = curve && { ...curve, podsReadyMs: 6_000, podsReadyNotBeforeMs: 1_000 };
    const text = renderMarkdown({ ...report, ...(found ? { curve: found } : {}) });
    expect(text).toContain('Pods ready again: between 1s and 6s after the fault');
  });

  test('leaves the first right prediction in between, too', () => {
    const onlyAfter = reportJournals.interrupted.map((entry) =>
      entry.event.type === 'recovery-judged'
        ? {
            ...entry,
            event: {
              ...entry.event,
              measurement: {
                ...entry.event.measurement,
                seconds: entry.event.measurement.seconds.slice(1),
              },
            },
          }
        : entry,
    );
    const { curve } = toReport(onlyAfter, { version: '0.1.0' });
    expect(curve).toMatchObject({ firstRightMs: 5_000, firstRightNotBeforeMs: 1_000 });
    expect(whole.curve).not.toHaveProperty('firstRightNotBeforeMs');
  });
});

test('how late predictions were sent stands in the table of the phases', () => {
  expect(renderMarkdown(report)).toContain(
    '| Sent late by p50 / p99 / most | 0.2\u00A0ms / 1.1\u00A0ms / 3.9\u00A0ms |',
  );
});

test('what was not measured between the phases stands on card, page, in Markdown and JSON', () => {
  const course = {
    baselineAt: startOfTime,
    startAt: startOfTime + 5_000,
    faultAt: startOfTime + 8_000,
    goneAt: startOfTime + 15_000,
    afterAt: startOfTime + 18_000,
    endAt: startOfTime + 22_000,
    recovered: true,
  };
  const bursts = [
    { from: 6_000, ms: 1_000, what: 'paused' },
    { from: 16_000, ms: 300, what: 'paused' },
  ] as const;
  const journal = recordRun(course, toResults({ course, jitter: [0], bursts }));
  const between = toReport(journal, { version: '0.1.0' });
  expect(between.between).toMatchObject({ due: 60, sent: 47, unmeasured: { paused: 13 } });
  const note =
    'Between the phases: Measured 47 of 60 due predictions; 13 not measured: the bot was paused';
  expect(renderMarkdown(between)).toContain(note);
  expect(renderPage(between)).toContain(note);
  const card = JSON.stringify(renderSummaryCard(foldRun(journal), {}));
  expect(card).toContain('"Not measured (between)"');
  expect(card).toContain('13 due predictions: the bot was paused');
});

describe('the words for what was not measured', () => {
  const gap = (from: number, until: number, due: number, reason: 'restart' | 'sent-late') => ({
    from: startOfTime + from * 1_000,
    until: startOfTime + until * 1_000,
    due,
    reason,
  });

  test('name each cause, the most frequent first, and when', () => {
    const measured = {
      sent: 240,
      unmeasured: { 'sent-late': 2, restart: 70 },
      gaps: [gap(10, 17, 70, 'restart'), gap(20.1, 20.3, 2, 'sent-late')],
    };
    expect(describeCoverage(measured)).toBe(
      'Measured 240 of 312 due predictions; 72 not measured: the bot was restarted 09:00:10–09:00:17 UTC (70); the bot’s machine could not send them in time 09:00:20 UTC (2)',
    );
  });

  test('count further gaps of a cause', () => {
    const gaps = [1, 3, 5, 7].map((second) => gap(second, second + 0.5, 5, 'sent-late'));
    expect(describeUnmeasured({ sent: 0, unmeasured: { 'sent-late': 20 }, gaps })).toBe(
      '20 due predictions: the bot’s machine could not send them in time 09:00:01, 09:00:03 UTC and 2 more times',
    );
    const three = { sent: 0, unmeasured: { 'sent-late': 15 }, gaps: gaps.slice(0, 3) };
    expect(describeUnmeasured(three)).toMatch(/ UTC and 1 more time$/);
  });

  test('know only how many in older journals', () => {
    const schedule = { p50ErrorMs: 1, p99ErrorMs: 1, maxErrorMs: 1, missed: 5 };
    expect(describeCoverage({ sent: 7, schedule })).toBe(
      'Measured 7 of 12 due predictions; 5 not measured',
    );
    expect(describeUnmeasured({ sent: 7 })).toBeUndefined();
  });

  test('tell a bounded recovery from one that was seen', () => {
    expect(printSeenAgain({ afterMs: 97_000, notBeforeMs: 1_000 })).toBe('between 1s and 97s');
    expect(printSeenAgain({ afterMs: 97_000, notBeforeMs: 0 })).toBe('between 0s and 97s');
    expect(printSeenAgain({ afterMs: 97_000 })).toBe('97s');
  });
});
