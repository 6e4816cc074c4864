import { printDuration } from '../domain/duration.ts';
import { printClock } from '../domain/print-time.ts';
import { printShare } from '../domain/print-numbers.ts';
import { findEnd, type SecondMeasurement } from '../domain/measurement.ts';

type Point = { readonly x: number; readonly y: number };

/** The availability over the run so far: points for a chart, and the same in words. */
export type Trend = {
  readonly availability: readonly Point[];
  /** The same, cut where nothing was measured: no line may lead across. */
  readonly pieces: readonly (readonly Point[])[];
  /** A line at the bottom while the fault is active, so that its span stands out and hides nothing. */
  readonly fault: readonly Point[];
  readonly words: string;
};

export type FaultSpan = { readonly from: number; readonly until: number };

const mostPoints = 40;

/** Shares of good predictions in per cent, against seconds since the first prediction; each point is the worst of as many seconds as are needed to stay few. */
export function toTrend(
  seconds: readonly SecondMeasurement[],
  fault: FaultSpan | undefined,
): Trend | undefined {
  const sent = seconds.filter((second) => second.sent > 0);
  const first = Math.min(...sent.map(({ at }) => at));
  const last = Math.max(...sent.map(({ at }) => at));
  if (sent.length < 2) return undefined;
  const stepMs = Math.ceil((last - first + 1_000) / mostPoints / 1_000) * 1_000;
  const steps = new Map<number, number>();
  for (const second of sent) {
    const step = Math.floor((second.at - first) / stepMs);
    steps.set(step, Math.min(toShare(second), steps.get(step) ?? 1));
  }
  const availability = Array.from(steps, ([step, share]) => ({
    x: (step * stepMs) / 1_000,
    y: Math.round(share * 1_000) / 10,
  })).toSorted((left, right) => left.x - right.x);
  const gaps = seconds.filter(isUnmeasured).map(({ at }) => Math.floor((at - first) / stepMs));
  return {
    availability,
    pieces: cutAt(
      gaps.filter((step) => !steps.has(step)).map((step) => (step * stepMs) / 1_000),
      availability,
    ),
    fault: toFaultPoints(first, fault),
    words: toWords(sent, seconds),
  };
}

const toShare = ({ good, sent }: SecondMeasurement) => good / sent;

const isUnmeasured = ({ sent, unmeasured = 0 }: SecondMeasurement) => sent === 0 && unmeasured > 0;

/** Cuts points, which are in order, wherever one of the gaps lies between two of them. */
function cutAt(gaps: readonly number[], points: readonly Point[]): readonly (readonly Point[])[] {
  const pieces: Point[][] = [];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1]?.x ?? Number.POSITIVE_INFINITY;
    const isCut = gaps.some((gap) => gap > before && gap < point.x);
    const last = pieces.at(-1);
    if (last && !isCut) last.push(point);
    else pieces.push([point]);
  }
  return pieces;
}

function toFaultPoints(first: number, fault: FaultSpan | undefined): Point[] {
  if (!fault) return [];
  return [fault.from, fault.until].map((at) => ({ x: Math.round((at - first) / 1_000), y: 0 }));
}

/** What a chart shows to those who see it. */
function toWords(seconds: readonly SecondMeasurement[], all: readonly SecondMeasurement[]): string {
  const missing = all.filter(isUnmeasured);
  const missingMs = missing.reduce((sum, second) => sum + findEnd(second) - second.at, 0);
  const gap = missingMs === 0 ? '' : ` Nothing was measured for ${printDuration(missingMs)}.`;
  return `${describeFailures(seconds)}${gap}`;
}

function describeFailures(seconds: readonly SecondMeasurement[]): string {
  const failing = seconds.filter((second) => second.good < second.sent);
  const worst = failing.toSorted((left, right) => toShare(left) - toShare(right)).at(0);
  return worst
    ? `Predictions failed in ${failing.length} of ${seconds.length} seconds; the worst was ${printShare(toShare(worst))} at ${printClock(worst.at)} UTC.`
    : `No prediction failed in ${seconds.length} seconds.`;
}
