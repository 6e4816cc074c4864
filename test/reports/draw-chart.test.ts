import { describe, expect, test } from '@jest/globals';
import { PNG } from 'pngjs';
import { binSeconds } from '../../src/reports/bin-seconds.ts';
import { paint, palettes } from '../../src/reports/chart-colours.ts';
import { drawChart } from '../../src/reports/draw-chart.ts';
import { toPng } from '../../src/reports/to-png.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { reportJournals } from '../support/report-gallery.ts';

const version = '0.1.0';
const reports = Object.entries(reportJournals).map(
  ([name, journal]) => [name, toReport(journal, { version })] as const,
);
const deviated = toReport(reportJournals.deviated, { version });

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
