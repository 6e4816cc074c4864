import type { EChartsCoreOption } from 'echarts/core';
import { findEnd } from '../domain/measurement.ts';
import { toTimeAxis, toValueAxis } from './chart-axes.ts';
import {
  tripLabelHeight,
  toLayout,
  type ChartWidth,
  type Layout,
  type Sheet,
} from './chart-layout.ts';
import { placeLegend, toLegend, toLegendItems } from './chart-legend.ts';
import { toSeries } from './chart-rows.ts';
import { toHead, toHeadHeight, toHeadLines, toText } from './chart-head.ts';
import { textStyle } from './chart-series.ts';
import type { Report } from './report.ts';
import { findTripped } from './tripped.ts';

export type Drawing = {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsCoreOption;
};

const legendWidths = { wide: 740, narrow: 300 } as const;

/** What ECharts needs to draw a run; undefined when nothing was measured. */
export function toChartOption(
  report: Report,
  { width, headed = false }: { width: ChartWidth; headed?: boolean },
): Drawing | undefined {
  const [first, last] = [report.course.seconds.at(0), report.course.seconds.at(-1)];
  if (!first || !last) return undefined;
  const head = headed ? toHeadLines(report, first.at) : [];
  const span = { from: first.at, until: findEnd(last) };
  const legend = placeLegend(toLegendItems(report, span), legendWidths[width]);
  const layout = toLayout(report.course, {
    width,
    head: toHeadHeight(head) + (findTripped(report) ? tripLabelHeight : 0),
    legendRows: (legend.at(-1)?.row ?? 0) + 1,
  });
  const sheet: Sheet = {
    report,
    layout,
    zero: report.fault.span?.from ?? first.at,
    ...span,
  };
  const option = {
    animation: false,
    textStyle,
    grid: layout.rows.map(({ top, height }) => ({
      left: layout.left,
      right: layout.right,
      top,
      height,
      // Else ECharts makes a plot narrower than the one above to fit its labels, and times no longer stand below each other.
      outerBoundsMode: 'none',
    })),
    xAxis: layout.rows.map((_row, index) => toTimeAxis(index, sheet)),
    yAxis: layout.rows.map((row, index) => toValueAxis(row, index, sheet)),
    series: layout.rows.flatMap((row, index) => toSeries(row, index, sheet)),
    graphic: {
      elements: [...toHead(head, layout), ...toRowTitles(layout), ...toLegend(legend, layout)],
    },
  };
  return { width: layout.width, height: layout.height, option };
}

function toRowTitles({ rows, left, namesAbove }: Layout): object[] {
  return rows
    .filter(({ title }) => title !== '')
    .map(({ title, titleTop }) =>
      toText(title, { x: namesAbove ? 0 : left, y: titleTop + 7, fontWeight: 600 }),
    );
}
