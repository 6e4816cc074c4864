import { CustomChart, LineChart } from 'echarts/charts';
import { GraphicComponent, GridComponent, MarkLineComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { toChartOption } from './chart-option.ts';
import type { ChartWidth } from './chart-layout.ts';
import type { Report } from './report.ts';

echarts.use([
  CustomChart,
  GraphicComponent,
  GridComponent,
  LineChart,
  MarkLineComponent,
  SVGRenderer,
]);

export type ChartOptions = {
  readonly width: ChartWidth;
  /** Names what the chart shows on itself, for where nothing else does. */
  readonly headed?: boolean;
};

/**
 * The course of a run as SVG: availability, latency where it is known, and the pods beneath, with the fault's span over all. Its colours are CSS variables;
 * undefined when nothing was measured.
 */
export function drawChart(report: Report, options: ChartOptions): string | undefined {
  const drawing = toChartOption(report, options);
  if (!drawing) return undefined;
  const { width, height, option } = drawing;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return tidy(chart.renderToSVGString(), options.width);
  } finally {
    chart.dispose();
  }
}

/**
 * What ECharts writes for its own scripts in a browser is left out, its styles become attributes, so that a page that forbids inline styles can show it, and its
 * ids are named for the chart, since two on a page may not share any.
 */
function tidy(svg: string, name: string): string {
  return dropStyles(svg)
    .replaceAll(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*"|pointer-events="[^"]*")/g, '')
    .replaceAll(/ style="([^"]*)"/g, (_style, rules: string) => toAttributes(rules))
    .replaceAll(/\bzr\d+-([a-z]+\d+)/g, `${name}-$1`)
    .replace(/ xmlns:xlink="[^"]*"/, '')
    .replaceAll(/(?<!\s)\s*\n\s*/g, '');
}

/** Without `<style>` elements. Their content is a CDATA section, which holds a `<`. */
function dropStyles(svg: string): string {
  const [before = '', ...rest] = svg.split(/<style\s*>/);
  const end = '</style>';
  return before + rest.map((part) => part.slice(part.indexOf(end) + end.length)).join('');
}

function toAttributes(rules: string): string {
  return rules
    .split(';')
    .map((rule) => rule.split(':').map((part) => part.trim()))
    .map(([name, value]) => (name && value ? ` ${name}="${value}"` : ''))
    .join('');
}
