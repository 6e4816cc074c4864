import { paint, palettes } from './reports/chart-colours.ts';
import { drawChart } from './reports/draw-chart.ts';
import { renderJson } from './reports/render-json.ts';
import { renderMarkdown } from './reports/render-markdown.ts';
import { renderPage } from './reports/render-page.ts';
import type { Report } from './reports/report.ts';
import { toPng } from './reports/to-png.ts';

const formats = ['html', 'md', 'json', 'png'] as const;
export type ReportFormat = (typeof formats)[number];

export function isReportFormat(text: string): text is ReportFormat {
  return formats.some((format) => format === text);
}

export type ReportOrder = {
  readonly report: Report;
  readonly format: ReportFormat;
  /** The other forms, which a page links to. */
  readonly links: { name: string; href: string }[];
};

/** Undefined where the report has no such form. */
export type WrittenReport = string | Buffer | undefined;

export type WriteReport = (order: ReportOrder) => Promise<WrittenReport>;

/** Writes a report. Takes long enough to hold up everything else that its thread does. */
export function writeReport({ report, format, links }: ReportOrder): WrittenReport {
  switch (format) {
    case 'html':
      return renderPage(report, links);
    case 'md':
      return renderMarkdown(report);
    case 'json':
      return renderJson(report);
    case 'png': {
      const svg = drawChart(report, { width: 'wide', headed: true });
      return svg && toPng(paint(svg, 'light'), palettes.light.page);
    }
  }
}
