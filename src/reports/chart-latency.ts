import { isQuantile, printTolerance, type Quantile, type Tolerance } from '../domain/hypothesis.ts';
import { binSeconds, type Bin } from './bin-seconds.ts';
import type { Colour } from './chart-colours.ts';
import type { Sheet } from './chart-layout.ts';
import { toBound, toSteps } from './chart-series.ts';
import type { CourseSecond, Report } from './report.ts';

/** One quantile of the latency over time, and what the hypothesis demands of it. */
export type LatencyCurve = {
  readonly quantile: Quantile;
  readonly colour: Colour;
  readonly dashes?: readonly number[];
  readonly value: (second: CourseSecond | Bin) => number | null;
  readonly tolerances: readonly Tolerance[];
};

const looks: Readonly<Record<Quantile, Pick<LatencyCurve, 'colour' | 'dashes'>>> = {
  p50: { colour: 'median' },
  p95: { colour: 'high', dashes: [8, 3, 2, 3] },
  p99: { colour: 'tail', dashes: [5, 3] },
};

const values: Readonly<Record<Quantile, LatencyCurve['value']>> = {
  p50: ({ p50Ms }) => p50Ms ?? null,
  p95: ({ p95Ms }) => p95Ms ?? null,
  p99: ({ p99Ms }) => p99Ms ?? null,
};

/**
 * Returns the curves of the latency row: p50 and p99, and p95 where the hypothesis has a tolerance for it. A quantile that was not recorded by the
 * second has no curve, and its tolerance no line.
 */
export function toLatencyCurves({ course, hypothesis }: Report): readonly LatencyCurve[] {
  const { seconds } = course;
  const tolerances = hypothesis.tolerances.filter(({ signal }) => isQuantile(signal));
  return (['p50', 'p95', 'p99'] as const)
    .map((quantile) => ({
      quantile,
      ...looks[quantile],
      value: values[quantile],
      tolerances: tolerances.filter(({ signal }) => signal === quantile),
    }))
    .filter(({ quantile, tolerances: own }) => quantile !== 'p95' || own.length > 0)
    .filter(({ value }) => seconds.some((second) => value(second) !== null));
}

/** Draws each curve with its own tolerance, in the same colour. */
export function toLatencySeries(
  index: number,
  { report, zero }: Sheet,
  mostBins: number,
): readonly object[] {
  const bins = binSeconds(report.course.seconds, mostBins);
  return toLatencyCurves(report).map(({ value, colour, dashes, tolerances }) => {
    const line = toSteps(index, bins, { value, zero, colour, ...(dashes ? { dashes } : {}) });
    return tolerances.length === 0
      ? line
      : { ...line, markLine: toBound(tolerances.map(toBoundLine), colour) };
  });
}

function toBoundLine(tolerance: Tolerance) {
  return { at: tolerance.bound, text: printTolerance(tolerance) };
}

/** Returns whole powers of ten around what was measured and what is demanded, in ms. */
export function toLatencyRange({ report }: Pick<Sheet, 'report'>): { min: number; max: number } {
  const curves = toLatencyCurves(report);
  const measured = curves.flatMap(({ value }) => report.course.seconds.map(value));
  const bounds = curves.flatMap(({ tolerances }) => tolerances.map(({ bound }) => bound));
  const shown = [...measured, ...bounds].filter((at) => at !== null && at > 0) as number[];
  const [least, most] = shown.reduce(
    ([low, high], at) => [Math.min(low, at), Math.max(high, at)],
    [Number.POSITIVE_INFINITY, 0],
  );
  return {
    min: 10 ** Math.floor(Math.log10(least)),
    max: 10 ** Math.ceil(Math.log10(most * 1.01)),
  };
}
