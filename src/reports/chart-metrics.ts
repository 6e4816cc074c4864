import { toVariable } from './chart-colours.ts';
import { textStyle } from './chart-series.ts';
import type { Sheet } from './chart-layout.ts';
import type { MetricCourse } from '../domain/metric-courses.ts';

/** `1.2M`: the axis has little room. */
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** More points than this are a line without marks. */
const mostMarked = 60;

/** The course of a metric as a line. */
export function toMetricLine(index: number, { points }: MetricCourse, { zero }: Sheet): object {
  return {
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    z: 3,
    data: points.map(({ at, value }) => [at - zero, value]),
    showSymbol: points.length <= mostMarked,
    symbol: 'circle',
    symbolSize: 3,
    lineStyle: { color: toVariable('median'), width: 1.5 },
    itemStyle: { color: toVariable('median') },
  };
}

/** An axis on which the course and its bounds can be read; most metrics are nowhere near zero. */
export function toMetricAxis({ points, bounds }: MetricCourse): object {
  const values = [...points.map(({ value }) => value), ...bounds];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = (most - least) * 0.1 || Math.abs(most) * 0.1 || 1;
  return {
    type: 'value',
    min: least - margin,
    max: most + margin,
    axisLabel: {
      show: true,
      ...textStyle,
      color: toVariable('muted'),
      customValues: [...new Set([least, most])],
      formatter: (value: number) => short.format(value),
    },
  };
}
