import { printTolerance } from '../domain/hypothesis.ts';
import type { MetricCourse } from '../domain/metric-courses.ts';
import { printDuration } from '../domain/duration.ts';
import { binSeconds } from './bin-seconds.ts';
import { toVariable } from './chart-colours.ts';
import { toGapBars, toSightGapBars } from './chart-gaps.ts';
import { pickLanes, type Row, type Sheet } from './chart-layout.ts';
import { toLatencySeries } from './chart-latency.ts';
import { toMetricLine } from './chart-metrics.ts';
import { textStyle, toBars, toBound, toSteps, type Bar, type Look } from './chart-series.ts';
import type { FaultFacts, LaneState, Outage } from './report.ts';
import { findTripped } from './tripped.ts';

/** How many points a curve has at most. */
function toMostBins({ layout }: Sheet): number {
  return layout.namesAbove ? 100 : 240;
}

/** What is drawn in a row. */
export function toSeries({ kind, metric }: Row, index: number, sheet: Sheet): object[] {
  switch (kind) {
    case 'phases':
      return [
        toBars(index, toPhaseBars(sheet), 2),
        toBars(index, toTripBars(sheet).map(nameTrip), 5),
      ];
    case 'availability':
      return [toWash(index, sheet), toGaps(index, sheet), ...toAvailability(index, sheet)];
    case 'latency':
      return [
        toWash(index, sheet),
        toGaps(index, sheet),
        ...toLatencySeries(index, sheet, toMostBins(sheet)),
      ];
    case 'metric':
      return [toWash(index, sheet), ...(metric ? toMetric(index, metric, sheet) : [])];
    case 'pods':
      return [
        toWash(index, sheet),
        toBars(index, toLanes(sheet), 3),
        toBars(index, toSightGapBars(sheet), 4),
        toNames(index, sheet),
      ];
  }
}

/** The fault's span behind a row, and the moment at which a guard tripped. */
function toWash(index: number, sheet: Sheet): object {
  const { report, zero } = sheet;
  const look = { colour: 'fault', style: 'wash' } as const;
  const { span, rehearsed } = report.fault;
  const bars =
    span && !rehearsed ? [{ from: span.from - zero, until: span.until - zero, look }] : [];
  return toBars(index, [...bars, ...toTripBars(sheet)], 1);
}

/** A line at the moment at which a guard tripped. */
function toTripBars({ report, zero }: Sheet): Bar[] {
  const at = findTripped(report)?.at;
  if (at === undefined) return [];
  return [{ from: at - zero, until: at - zero, look: { colour: 'bad', style: 'solid' } }];
}

function nameTrip(bar: Bar): Bar {
  return { ...bar, place: [-0.2, 0], label: 'Guard tripped', labelAbove: true };
}

function toGaps(index: number, sheet: Sheet): object {
  return toBars(index, toGapBars(sheet), 2);
}

/** Where the phases lie; the fault's name only where it has room. */
function toPhaseBars({ report, zero, from, until, layout }: Sheet): Bar[] {
  const { span } = report.fault;
  const plot = layout.width - layout.left - layout.right;
  const toWidth = (durationMs: number) => (plot * durationMs) / (until - from);
  const bar = (start: number, end: number, names: readonly string[], look: Look): Bar => {
    const label = names.find((name) => name.length * 7 < toWidth(end - start));
    return { from: start - zero, until: end - zero, look, ...(label ? { label } : {}) };
  };
  const calm = { colour: 'line', style: 'wash' } as const;
  if (!span) return [bar(from, until, ['No fault was injected'], calm)];
  const spans = [
    bar(from, span.from, ['Before'], calm),
    bar(span.from, span.until, ...toFaultBar(report.fault, span.until - span.from)),
    bar(span.until, until, ['After'], calm),
  ];
  return spans.filter((each) => each.until > each.from);
}

/** What the fault's span is called, the longest first, and how it looks. */
function toFaultBar(
  { asked, seen, rehearsed }: FaultFacts,
  durationMs: number,
): [names: readonly string[], look: Look] {
  const lasted = printDuration(durationMs);
  if (rehearsed)
    return [
      [`Rehearsal without a fault, ${lasted}`, `Rehearsal ${lasted}`, 'Rehearsal'],
      { colour: 'muted', style: 'framed' },
    ];
  const action = asked.split(',')[0] ?? asked;
  const unseen = seen ? '' : ', never seen';
  return [
    [`Fault: ${action}, ${lasted}${unseen}`, `Fault ${lasted}`, 'Fault'],
    { colour: 'fault', style: 'framed' },
  ];
}

function toAvailability(index: number, sheet: Sheet): object[] {
  const { report, zero } = sheet;
  const { course, hypothesis } = report;
  const bins = binSeconds(course.seconds, toMostBins(sheet));
  const bounds = hypothesis.tolerances
    .filter(({ signal }) => signal === 'availability')
    .map((tolerance) => ({ at: tolerance.bound * 100, text: printTolerance(tolerance) }));
  const line = toSteps(index, bins, {
    value: ({ availability }) => (availability === null ? null : availability * 100),
    zero,
    colour: 'good',
    filled: true,
  });
  const outages = joinForChart(sheet).map(({ from, until }): Bar => ({
    from: from - zero,
    until: until - zero,
    look: { colour: 'bad', style: 'wash' },
  }));
  return [
    toBars(index, outages, 2),
    toBars(index, toCaps(sheet), 5),
    bounds.length === 0 ? line : { ...line, markLine: toBound(bounds) },
  ];
}

function toMetric(index: number, metric: MetricCourse, sheet: Sheet): object[] {
  const line = toMetricLine(index, metric, sheet);
  const bounds = metric.bounds.map((at) => ({ at }));
  return [bounds.length === 0 ? line : { ...line, markLine: toBound(bounds) }];
}

/** A cap over each outage, with how many were lost where there is room to say it. */
function toCaps(sheet: Sheet): Bar[] {
  const { zero, from, until, layout } = sheet;
  const plot = layout.width - layout.left - layout.right;
  const toX = (at: number) => (plot * (at - from)) / (until - from);
  const taken: (readonly [left: number, right: number])[] = [];
  const isFree = (left: number, right: number) =>
    left >= 0 && right <= plot && taken.every((other) => right < other[0] || left > other[1]);
  const largestFirst = joinForChart(sheet).toSorted((one, other) => other.lost - one.lost);
  return largestFirst.map((outage): Bar => {
    const label = printLost(outage);
    const [middle, half] = [toX((outage.from + outage.until) / 2), label.length * 3.6 + 4];
    const hasRoom = isFree(middle - half, middle + half);
    if (hasRoom) taken.push([middle - half, middle + half]);
    return {
      from: outage.from - zero,
      until: outage.until - zero,
      place: [-0.06, 0],
      look: { colour: 'bad', style: 'solid' },
      ...(hasRoom ? { label, labelAbove: true } : {}),
    };
  });
}

/** Outages of which the gap would be thinner than a pixel are one on the chart. */
function joinForChart({ report, from, until, layout }: Sheet): readonly DrawnOutage[] {
  const pixelMs = (until - from) / (layout.width - layout.left - layout.right);
  const joined: DrawnOutage[] = [];
  for (const { from: at, until: end, lost } of report.course.outages) {
    const last = joined.at(-1);
    if (last && at - last.until < pixelMs)
      joined.splice(-1, 1, { from: last.from, until: end, lost: last.lost + lost });
    else joined.push({ from: at, until: end, lost });
  }
  return joined;
}

type DrawnOutage = Pick<Outage, 'from' | 'until' | 'lost'>;

function printLost({ lost }: DrawnOutage): string {
  return `${lost} lost`;
}

const laneLooks: Readonly<Record<LaneState, Look>> = {
  ready: { colour: 'good', style: 'solid' },
  'not-ready': { colour: 'unsure', style: 'hatched' },
  gone: { colour: 'muted', style: 'line' },
};

function toLanes({ report: { course }, zero, layout: { namesAbove } }: Sheet): Bar[] {
  const lanes = pickLanes(course);
  return lanes.flatMap(({ spans, restarts }, lane) => {
    const [high, low] = namesAbove ? [0.52, 0.92] : [0.2, 0.8];
    const place = [(lane + high) / lanes.length, (lane + low) / lanes.length] as const;
    const bars = spans.map(({ from, until, state }): Bar => ({
      from: from - zero,
      until: until - zero,
      place,
      look: laneLooks[state],
    }));
    const diamonds = restarts.map((at): Bar => ({
      from: at - zero,
      until: at - zero,
      place,
      look: { colour: 'bad', style: 'diamond' },
    }));
    return [...bars, ...diamonds];
  });
}

/** The names of the pods: beside their lanes, or above. */
function toNames(index: number, { report, layout }: Sheet): object {
  const lanes = pickLanes(report.course);
  const { namesAbove, laneHeight, left } = layout;
  const longest = namesAbove ? 44 : 24;
  return {
    type: 'custom',
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    clip: false,
    z: 5,
    data: lanes.map((_lane, lane) => [0, 0, lane]),
    renderItem: (params: { dataIndex: number; coordSys: { x: number; y: number } }) => ({
      type: 'text',
      style: {
        ...textStyle,
        text: shorten(lanes[params.dataIndex]?.pod ?? '', longest),
        x: namesAbove ? 0 : left - 10,
        y: params.coordSys.y + (params.dataIndex + (namesAbove ? 0.28 : 0.5)) * laneHeight,
        align: namesAbove ? 'left' : 'right',
        verticalAlign: 'middle',
        fill: toVariable('ink'),
      },
    }),
  };
}

/** Pods of one deployment differ at the end of their names, deployments at the beginning. */
function shorten(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const tail = Math.floor(longest / 2);
  return `${name.slice(0, longest - tail - 1)}…${name.slice(-tail)}`;
}
