import { describe, expect, test } from '@jest/globals';
import { PNG } from 'pngjs';
import { binSeconds } from '../../src/reports/bin-seconds.ts';
import { paint, palettes } from '../../src/reports/chart-colours.ts';
import { toChartOption } from '../../src/reports/chart-option.ts';
import { drawChart } from '../../src/reports/draw-chart.ts';
import { toPng } from '../../src/reports/to-png.ts';
import type { Report } from '../../src/reports/report.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { reportJournals } from '../support/report-gallery.ts';

const version = '0.1.0';
const reports = Object.entries(reportJournals).map(
  ([name, journal]) => [name, toReport(journal, { version })] as const,
);
const deviated = toReport(reportJournals.deviated, { version });

/** The curves of the latency row, and which tolerances are drawn with each. */
function toLatencyLines(report: Report) {
  const { option } = toChartOption(report, { width: 'wide' }) ?? {};
  const series = option?.['series'] as {
    type: string;
    yAxisIndex: number;
    lineStyle: { color: string };
    markLine?: { data: { label: { formatter: string } }[] };
  }[];
  return series
    .filter(({ type, yAxisIndex }) => type === 'line' && yAxisIndex === latencyRow)
    .map(({ lineStyle, markLine }) => ({
      colour: lineStyle.color,
      bounds: markLine?.data.map(({ label }) => label.formatter) ?? [],
    }));
}
const latencyRow = 2;

describe('the chart', () => {
  test.each(reports)(
    'of a run that %s has colours by variables only, and no styles or scripts',
    (_name, report) => {
      for (const width of ['wide', 'narrow'] as const) {
        const svg = drawChart(report, { width }) ?? '';
        expect(svg).not.toMatch(/style=|<style|<script|\bon\w+=|href=/i);
        const colours = Array.from(
          svg.matchAll(/(?:fill|stroke)="([^"]+)"/g),
          ([, colour]) => colour,
        );
        const own = new Set(
          colours.filter((colour) => !/^(none|#000|url\(#|var\(--)/.test(colour ?? '')),
        );
        expect([...own]).toEqual([]);
        expect(paint(svg, 'dark')).not.toContain('var(');
      }
    },
  );

  test('says what it shows: phases, losses, pods, times', () => {
    const svg = drawChart(deviated, { width: 'wide' }) ?? '';
    for (const text of [
      'Before',
      'Fault: pod-failure, 62s',
      'After',
      '56 lost',
      '35 lost',
      'restart',
      '09:01:00',
      'diabetes-7c9f6d-nm5vd',
    ])
      expect(svg).toContain(`>${text}<`);
  });

  test('draws each tolerance of latency with the curve of its own quantile, and no other', () => {
    expect(toLatencyLines(deviated)).toEqual([
      { colour: 'var(--median)', bounds: [] },
      { colour: 'var(--high)', bounds: ['p95 <= 500ms'] },
      { colour: 'var(--tail)', bounds: [] },
    ]);
    const slow = { signal: 'p99', comparison: '<=', bound: 20_000 } as const;
    const of99 = { ...deviated, hypothesis: { title: 'Fast', tolerances: [slow] } };
    expect(toLatencyLines(of99)).toEqual([
      { colour: 'var(--median)', bounds: [] },
      { colour: 'var(--tail)', bounds: ['p99 <= 20000ms'] },
    ]);
    expect(drawChart(of99, { width: 'wide' })).toContain('>100 s<');
  });

  test('draws no tolerance of a quantile that was not recorded by the second', () => {
    const seconds = deviated.course.seconds.map(({ p95Ms: _p95, ...second }) => second);
    const older = { ...deviated, course: { ...deviated.course, seconds } };
    expect(toLatencyLines(older)).toEqual([
      { colour: 'var(--median)', bounds: [] },
      { colour: 'var(--tail)', bounds: [] },
    ]);
    expect(drawChart(older, { width: 'wide' })).not.toContain('p95');
  });

  test('stands alone with a head: verdict, service, cluster, availability, tolerances', () => {
    const svg = drawChart(deviated, { width: 'wide', headed: true }) ?? '';
    const texts = Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) => text);
    for (const text of [
      'One pod fails',
      'Deviated',
      'Service diabetes on cluster aks · run r-7k2mq4 · 2026-11-23 09:00:20 UTC',
      'The service failed most predictions for about 5s while one pod was down: 91 of 620 predictions failed; users would have noticed.',
      'Availability during the fault: 85.32 % (82.29 to 88.02 % with 95 % confidence), 529 of 620 predictions',
      '× availability &gt;= 95%: 85.32 % during the fault, 100 % after it: deviated',
      '× p95 &lt;= 500ms: 85.32 % right within 500ms (needs 95 %; failed predictions count as slow), p95 of right answers 16 ms during the',
      'fault, 100 % right within 500ms (needs 95 %), p95 of right answers 16 ms after it: deviated',
    ])
      expect(texts.map((each) => each?.replaceAll('\u00A0', ' '))).toContain(text);
  });

  test('of an aborted run shows when a guard tripped, which one, and its numbers', () => {
    const aborted = toReport(reportJournals.aborted, { version });
    const svg = drawChart(aborted, { width: 'wide', headed: true }) ?? '';
    expect(svg).toContain('>Guard tripped<');
    expect(svg).toContain(
      'Guard: abort when availability &lt; 50% over 10s: availability was 46% over the last 10s',
    );
    expect(drawChart(deviated, { width: 'wide', headed: true })).not.toContain('Guard tripped');
  });

  test('names things from people and the cluster as they are', () => {
    const evil = { ...deviated, title: '</text><script>alert(1)</script>' };
    expect(drawChart(evil, { width: 'wide', headed: true })).not.toContain('<script');
  });

  test('two of them share no ids', () => {
    const ids = (['wide', 'narrow'] as const).flatMap((width) =>
      Array.from((drawChart(deviated, { width }) ?? '').matchAll(/ id="([^"]+)"/g), ([, id]) => id),
    );
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is not drawn when nothing was measured', () => {
    const report = toReport(reportJournals.held.slice(0, 1), { version });
    expect(drawChart(report, { width: 'wide' })).toBeUndefined();
  });

  test('goes on through minutes that were merged', () => {
    const minutes = [0, 60_000, 120_000].map((at) => ({
      at,
      spanMs: 60_000,
      sent: 600,
      good: 600,
    }));
    const bins = binSeconds([...minutes, { at: 180_000, sent: 10, good: 9 }], 100);
    expect(bins.map(({ from, until }) => [from, until])).toEqual([
      [0, 60_000],
      [60_000, 120_000],
      [120_000, 180_000],
      [180_000, 182_000],
    ]);
  });

  test('of twelve hours is no larger than a few hundred points', () => {
    const seconds = Array.from({ length: 43_200 }, (_, index) => ({
      at: index * 1_000,
      sent: 100,
      good: index === 20_000 ? 40 : 100,
      p50Ms: 8,
      p99Ms: index === 20_000 ? 900 : 20,
    }));
    const bins = binSeconds(seconds, 240);
    expect(bins.length).toBe(240);
    expect(Math.max(...bins.map(({ p99Ms }) => p99Ms ?? 0))).toBe(900);
    const lost = bins.reduce(
      (sum, { availability }) => sum + (1 - (availability ?? 0)) * 18_000,
      0,
    );
    expect(lost).toBeCloseTo(60, 6);
  });
});

test('the PNG has text and colours, without a font of the machine', () => {
  const toPixels = (svg: string) => PNG.sync.read(toPng(paint(svg, 'light'), palettes.light.page));
  const svg = drawChart(deviated, { width: 'wide', headed: true }) ?? '';
  const [withText, without] = [
    toPixels(svg),
    toPixels(svg.replaceAll(/<text[\s\S]*?<\/text>/g, '')),
  ];
  expect(withText.width).toBe(1_920);
  let differing = 0;
  for (let index = 0; index < withText.data.length; index += 4)
    if (withText.data[index] !== without.data[index]) differing += 1;
  expect(differing).toBeGreaterThan(5_000);
});
