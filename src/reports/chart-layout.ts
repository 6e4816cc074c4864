import type { MetricCourse } from '../domain/metric-courses.ts';
import type { Course, PodLane, Report } from './report.ts';

export type ChartWidth = 'wide' | 'narrow';

/** One part of the chart above another: `top` and `height` of its plot in pixels. */
export type Row = {
  readonly kind: 'phases' | 'availability' | 'latency' | 'metric' | 'pods';
  /** What a row of a metric shows. */
  readonly metric?: MetricCourse;
  readonly title: string;
  readonly titleTop: number;
  readonly top: number;
  readonly height: number;
};

export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly laneHeight: number;
  readonly rows: readonly Row[];
  readonly legendTop: number;
  /** Pod names stand above their lanes where there is no room beside them. */
  readonly namesAbove: boolean;
};

/** A run on its layout; times on it are ms from `zero`, the beginning of the fault or of what was measured. */
export type Sheet = {
  readonly report: Report;
  readonly layout: Layout;
  readonly zero: number;
  readonly from: number;
  readonly until: number;
};

const sizes = {
  wide: { width: 960, left: 192, right: 20, lane: 26, availability: 150, latency: 110, metric: 64 },
  narrow: { width: 360, left: 56, right: 8, lane: 40, availability: 120, latency: 96, metric: 56 },
} as const;

/** More are no picture any more. */
const mostLanes = 16;

/** The lanes that are drawn: where there are too many, those with most to show. */
export function pickLanes({ lanes }: Course): readonly PodLane[] {
  if (lanes.length <= mostLanes) return lanes;
  const toShow = ({ spans, restarts }: PodLane) => spans.length + restarts.length;
  const chosen = new Set(
    lanes.toSorted((left, right) => toShow(right) - toShow(left)).slice(0, mostLanes),
  );
  return lanes.filter((lane) => chosen.has(lane));
}

const rowGap = 16;
const titleHeight = 22;
/** Above the availability, for how many predictions each outage lost. */
const lostHeight = 16;
const axisHeight = 46;
/** Above the phases, for the words next to the moment at which a guard tripped. */
export const tripLabelHeight = 16;

/** Where everything lies. `head` pixels are left free on top; `legendRows` are needed below. */
export function toLayout(
  course: Course,
  { width, head, legendRows }: { width: ChartWidth; head: number; legendRows: number },
): Layout {
  const size = sizes[width];
  const hasLatency = course.seconds.some(({ p99Ms }) => p99Ms !== undefined);
  const wanted: Omit<Row, 'top' | 'titleTop'>[] = [
    { kind: 'phases', title: '', height: 24 },
    { kind: 'availability', title: 'Good predictions', height: size.availability },
    ...(hasLatency ? [{ kind: 'latency', title: 'Latency', height: size.latency } as const] : []),
    ...course.metrics.map(
      (metric) => ({ kind: 'metric', title: metric.name, metric, height: size.metric }) as const,
    ),
    ...(course.lanes.length > 0
      ? [{ kind: 'pods', title: 'Pods', height: pickLanes(course).length * size.lane } as const]
      : []),
  ];
  let top = head;
  const rows = wanted.map((row): Row => {
    const titleTop = top;
    top += row.title === '' ? 0 : titleHeight;
    if (row.kind === 'availability' && course.outages.length > 0) top += lostHeight;
    const placed = { ...row, titleTop, top };
    top += row.height + rowGap;
    return placed;
  });
  const legendTop = top - rowGap + axisHeight;
  return {
    width: size.width,
    height: legendTop + legendRows * 22 + 6,
    left: size.left,
    right: size.right,
    laneHeight: size.lane,
    rows,
    legendTop,
    namesAbove: width === 'narrow',
  };
}
