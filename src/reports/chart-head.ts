import { printHeadline } from '../domain/print-headline.ts';
import { printMore } from '../domain/print-more.ts';
import { toVariable, type Colour } from './chart-colours.ts';
import type { Layout } from './chart-layout.ts';
import { textStyle } from './chart-series.ts';
import type { Outcome, Report } from './report.ts';
import { findingSigns, toThresholds } from './thresholds.ts';
import { printInterval, printShare } from '../domain/print-numbers.ts';
import { printTime } from '../domain/print-time.ts';
import { findTripped } from './tripped.ts';

/** A line of text above the chart. */
export type HeadLine = {
  readonly text: string;
  readonly size: number;
  readonly isBold?: boolean;
  readonly colour: Colour;
};

const toneColours: Readonly<Record<Outcome['tone'], Colour>> = {
  good: 'good',
  bad: 'bad',
  unsure: 'unsure',
  neutral: 'ink',
};
const findingColours = {
  held: 'good',
  deviated: 'bad',
  inconclusive: 'unsure',
  kept: 'ink',
} as const;

/** The font of pictures has no other cross. */
const signs = { ...findingSigns, deviated: '×' };

/** About as many characters as a line has room for. */
const longestLine = 132;
const mostThresholds = 8;
const margin = 16;

/**
 * Returns what a picture says about its run, so that it can stand alone: verdict, service and cluster, what the run means for users, availability, and
 * each tolerance with its values.
 */
export function toHeadLines(report: Report, startedAt: number): readonly HeadLine[] {
  const { title, outcome, runId, proposal, headline } = report;
  const { service, cluster } = proposal;
  const tripped = findTripped(report);
  return [
    { text: title, size: 19, isBold: true, colour: 'ink' },
    { text: outcome.word, size: 16, isBold: true, colour: toneColours[outcome.tone] },
    {
      text: `Service ${service} on cluster ${cluster} · run ${runId} · ${printTime(startedAt)}`,
      size: 13,
      colour: 'muted',
    },
    ...wrap(headline ? printHeadline(headline) : '', 'ink'),
    ...wrap(tripped ? `Guard: ${tripped.guard}: ${tripped.detail}.` : '', 'ink'),
    ...wrap(printFaultAvailability(report), 'ink'),
    ...toThresholdLines(report),
  ];
}

function printFaultAvailability({ phases, fault }: Report): string {
  const under = phases.find(({ name }) => name === 'fault');
  if (!under || under.availability === null || !under.interval) return '';
  const when = fault.rehearsed ? 'in the rehearsal' : 'during the fault';
  return `Availability ${when}: ${printShare(under.availability)} (${printInterval(under.interval)} with 95 % confidence), ${under.good} of ${under.sent} predictions`;
}

function toThresholdLines(report: Report): HeadLine[] {
  const thresholds = toThresholds(report);
  const lines = thresholds
    .slice(0, mostThresholds)
    .flatMap(({ tolerance, finding, value }) =>
      wrap(`${signs[finding]} ${tolerance}: ${value}`, findingColours[finding]),
    );
  const more = thresholds.length - mostThresholds;
  return more > 0
    ? [
        ...lines,
        { text: `The report has ${printMore(more, 'tolerance')}`, size: 13, colour: 'muted' },
      ]
    : lines;
}

/** Breaks a text between its words. */
function wrap(text: string, colour: Colour): HeadLine[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < longestLine)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ({ text: line, size: 13, colour }));
}

const lineHeight = ({ size }: HeadLine) => Math.round(size * 1.5);

/** Returns how much room the lines take above the chart, px. */
export function toHeadHeight(lines: readonly HeadLine[]): number {
  if (lines.length === 0) return 2;
  return lines.reduce((sum, line) => sum + lineHeight(line), 0) + 1.5 * margin;
}

/** Places the lines one below the other. */
export function toHead(lines: readonly HeadLine[], layout: Layout): object[] {
  let top = margin / 2;
  return lines.map((line) => {
    const y = top + lineHeight(line) / 2;
    top += lineHeight(line);
    return toText(line.text, {
      x: margin,
      y,
      width: layout.width - 2 * margin,
      fontSize: line.size,
      fontWeight: line.isBold ? 600 : 400,
      fill: toVariable(line.colour),
    });
  });
}

/** A text of the chart, cut where it has no room. */
export function toText(text: string, style: object): object {
  const fill = toVariable('ink');
  const place = { verticalAlign: 'middle', overflow: 'truncate' };
  return { type: 'text', silent: true, style: { ...textStyle, ...place, fill, text, ...style } };
}
