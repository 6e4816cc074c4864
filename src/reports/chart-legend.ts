import { unmeasuredLabels } from '../domain/describe-gaps.ts';
import { labelSightGapCause } from '../domain/describe-sight-gaps.ts';
import { isShortGap, type ChartSpan } from './chart-gaps.ts';
import { isMetric } from '../domain/hypothesis.ts';
import { toVariable, type Colour } from './chart-colours.ts';
import { toLatencyCurves } from './chart-latency.ts';
import type { Layout } from './chart-layout.ts';
import { textStyle } from './chart-series.ts';
import type { Report } from './report.ts';

type Item = { readonly sign: Sign; readonly colour: Colour; readonly text: string };
type Sign = 'line' | 'dashes' | 'dash-dots' | 'dots' | 'box' | 'hatch' | 'tick' | 'diamond';

/** What is on the chart of a run, and nothing else. `span` is the time that it shows. */
export function toLegendItems(report: Report, span: ChartSpan): readonly Item[] {
  const { lanes, outages, gaps, sightGaps } = report.course;
  const curves = toLatencyCurves(report);
  const states = new Set(lanes.flatMap(({ spans }) => spans.map(({ state }) => state)));
  const isBounded =
    curves.some(({ tolerances }) => tolerances.length > 0) ||
    report.hypothesis.tolerances.some(
      ({ signal }) => signal === 'availability' || isMetric(signal),
    );
  const items: readonly (readonly [boolean, Item])[] = [
    [isBounded, { sign: 'dots', colour: 'ink', text: 'tolerance' }],
    [outages.length > 0, { sign: 'box', colour: 'bad', text: 'predictions lost' }],
    ...toGapItems(gaps, span, printReasons),
    ...curves.map(
      ({ quantile, colour }) => [true, { sign: signs[quantile], colour, text: quantile }] as const,
    ),
    [states.has('ready'), { sign: 'box', colour: 'good', text: 'pod ready' }],
    [states.has('not-ready'), { sign: 'hatch', colour: 'unsure', text: 'not ready' }],
    [states.has('gone'), { sign: 'dots', colour: 'muted', text: 'not there' }],
    ...toGapItems(lanes.length > 0 ? sightGaps : [], span, printCauses),
    [
      lanes.some(({ restarts }) => restarts.length > 0),
      { sign: 'diamond', colour: 'bad', text: 'restart' },
    ],
  ];
  return items.filter(([isShown]) => isShown).map(([, item]) => item);
}

/** What long gaps, and what short ones look like. */
function toGapItems<Gap extends ChartSpan>(
  gaps: readonly Gap[],
  span: ChartSpan,
  print: (gaps: readonly Gap[]) => string,
): (readonly [boolean, Item])[] {
  const short = gaps.filter((gap) => isShortGap(gap, span));
  const long = gaps.filter((gap) => !isShortGap(gap, span));
  return [
    [long.length > 0, { sign: 'hatch', colour: 'muted', text: print(long) }],
    [short.length > 0, { sign: 'tick', colour: 'muted', text: `${print(short)} (for a moment)` }],
  ];
}

const signs = { p50: 'line', p95: 'dash-dots', p99: 'dashes' } as const;

/** `not measured: bot restarted, sent late` */
function printReasons(gaps: Report['course']['gaps']): string {
  const reasons = new Set(gaps.map(({ reason }) => unmeasuredLabels[reason]));
  return `not measured: ${[...reasons].join(', ')}`;
}

/** `pods not seen: bot restarted` */
function printCauses(gaps: Report['course']['sightGaps']): string {
  const causes = new Set(gaps.map(({ cause }) => labelSightGapCause(cause)));
  return `pods not seen: ${[...causes].join(', ')}`;
}

export type PlacedItem = Item & { readonly x: number; readonly row: number };

/** Puts the items one after the other, in as many rows as it takes. */
export function placeLegend(items: readonly Item[], width: number): readonly PlacedItem[] {
  let [x, row] = [0, 0];
  return items.map((item) => {
    const itemWidth = 26 + item.text.length * 6.3;
    if (x > 0 && x + itemWidth > width) [x, row] = [0, row + 1];
    const placed = { ...item, x, row };
    x += itemWidth + 16;
    return placed;
  });
}

/** The legend below the chart. */
export function toLegend(items: readonly PlacedItem[], { left, legendTop }: Layout): object[] {
  return items.flatMap((item) => {
    const [x, y] = [left + item.x, legendTop + 10 + item.row * 22];
    return [
      toSign(item.sign, toVariable(item.colour), { x, y }),
      {
        type: 'text',
        silent: true,
        style: {
          ...textStyle,
          text: item.text,
          x: x + 26,
          y,
          verticalAlign: 'middle',
          fill: toVariable('ink'),
        },
      },
    ];
  });
}

const dashes: Readonly<Partial<Record<Sign, number[]>>> = {
  dashes: [5, 3],
  'dash-dots': [8, 3, 2, 3],
  dots: [2, 3],
};

function toSign(sign: Sign, colour: string, { x, y }: { x: number; y: number }): object {
  if (sign === 'diamond')
    return {
      type: 'polygon',
      silent: true,
      shape: {
        points: [
          [x + 10, y - 6],
          [x + 16, y],
          [x + 10, y + 6],
          [x + 4, y],
        ],
      },
      style: { fill: colour },
    };
  if (sign === 'tick')
    return {
      type: 'rect',
      silent: true,
      shape: { x: x + 8, y: y - 5, width: 4, height: 10, r: 1 },
      style: { fill: colour },
    };
  if (sign === 'box' || sign === 'hatch') {
    const bars = sign === 'box' ? [] : [6, 12];
    return {
      type: 'group',
      silent: true,
      children: [
        {
          type: 'rect',
          shape: { x, y: y - 5, width: 20, height: 10, r: 2 },
          style:
            sign === 'box' ? { fill: colour } : { fill: 'none', stroke: colour, lineWidth: 1.5 },
        },
        ...bars.map((from) => ({
          type: 'line',
          shape: { x1: x + from - 3, y1: y + 5, x2: x + from + 5, y2: y - 5 },
          style: { stroke: colour, lineWidth: 2 },
        })),
      ],
    };
  }
  return {
    type: 'line',
    silent: true,
    shape: { x1: x, y1: y, x2: x + 20, y2: y },
    style: { stroke: colour, lineWidth: 2, lineDash: dashes[sign] ?? [] },
  };
}
