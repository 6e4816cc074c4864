import { toVariable } from './chart-colours.ts';
import type { Row, Sheet } from './chart-layout.ts';
import { toLatencyRange } from './chart-latency.ts';
import { toMetricAxis } from './chart-metrics.ts';
import { printClock, printOffset } from '../domain/print-time.ts';
import { textStyle } from './chart-series.ts';

const stepsMs = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200].map((s) => s * 1_000);

const labelWidth = 56;

/** Only the lowest row says the times: on the clock, and from the beginning of the fault. */
export function toTimeAxis(index: number, { layout, zero, from, until }: Sheet): object {
  const isLast = index === layout.rows.length - 1;
  const room = (until - from) / (layout.namesAbove ? 4 : 9);
  const step = stepsMs.find((each) => each >= room) ?? 14_400_000;
  const first = Math.ceil((from - zero) / step) * step;
  const plot = layout.width - layout.left - layout.right;
  // Half a label must still have room to the right.
  const last = until - zero - ((labelWidth / 2 - layout.right) / plot) * (until - from);
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  const customValues = Array.from({ length: count }, (_, tick) => first + tick * step);
  return {
    gridIndex: index,
    type: 'value',
    min: from - zero,
    max: until - zero,
    axisLine: { show: isLast, onZero: false, lineStyle: { color: toVariable('line') } },
    axisTick: { show: isLast, customValues, lineStyle: { color: toVariable('muted') } },
    splitLine: { show: false },
    axisLabel: {
      show: isLast,
      customValues,
      ...textStyle,
      lineHeight: 15,
      color: toVariable('muted'),
      formatter: (at: number) => `${printClock(zero + at)}\n${printOffset(at)}`,
    },
  };
}

/** Per cent for availability; for latency a logarithmic one, on which the median and a peak of seconds can both be read. */
export function toValueAxis({ kind, metric }: Row, index: number, sheet: Sheet): object {
  const shown = kind === 'availability' || kind === 'latency';
  const common = {
    gridIndex: index,
    axisLine: { show: false },
    axisTick: { show: false },
    minorTick: { show: false },
    splitLine: { show: shown, lineStyle: { color: toVariable('line') } },
  };
  const label = { show: shown, ...textStyle, color: toVariable('muted') };
  if (metric) return { ...common, ...toMetricAxis(metric) };
  if (kind === 'latency')
    return {
      ...common,
      type: 'log',
      ...toLatencyRange(sheet),
      axisLabel: { ...label, formatter: printTick },
    };
  return {
    ...common,
    type: 'value',
    min: 0,
    ...(kind === 'availability' ? { max: 100, interval: 50 } : { max: 1 }),
    axisLabel: { ...label, formatter: '{value} %' },
  };
}

function printTick(latencyMs: number): string {
  return latencyMs >= 1_000 ? `${latencyMs / 1_000} s` : `${latencyMs} ms`;
}
