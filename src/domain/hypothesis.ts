import { parseDuration } from './duration.ts';

/** What a tolerance speaks about: a share of predictions or of answers, a quantile of their latency, or a number of ready pods. */
export const signals = ['availability', 'correct', 'p50', 'p95', 'p99', 'pods ready'] as const;
/** A number that the service's metrics in chaos.yaml name, as in `metric(users-served)`. */
export type MetricSignal = `metric(${string})`;
export type Signal = (typeof signals)[number] | MetricSignal;

/**
 * One bound of the steady state. `bound` is a share (0 to 1) for availability and correct, milliseconds for a quantile, a count for pods, and a plain number for a metric.
 * Latency has an upper bound, a metric either, everything else a lower one. `correct` is the share of answered predictions that are right.
 */
export type Tolerance = {
  readonly signal: Signal;
  readonly comparison: '>=' | '<=';
  readonly bound: number;
};

/** The steady-state hypothesis: what must stay true while the fault is active. */
export type Hypothesis = {
  readonly title: string;
  readonly tolerances: readonly Tolerance[];
  /** The share of the due predictions that must be measured before anything can hold, 0 to 1; 0.95 when absent. */
  readonly leastCoverage?: number;
};

export type Quantile = 'p50' | 'p95' | 'p99';

/** The share of predictions that a quantile speaks of, 0.95 for p95. */
export const quantileShare: Readonly<Record<Quantile, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

export function isQuantile(signal: Signal): signal is Quantile {
  return Object.hasOwn(quantileShare, signal);
}

export function isMetric(signal: Signal): signal is MetricSignal {
  return signal.startsWith('metric(');
}

/** The name of a metric, as it stands between the brackets. */
export function toMetricName(signal: MetricSignal): string {
  return signal.slice('metric('.length, -1);
}

/** What a metric may be called. */
export const metricName = /^[a-z][a-z0-9-]*$/;

/**
 * Reads `availability >= 99.5%`, `correct = 100%`, `p95 <= 300ms`, `pods ready >= 2` or `metric(queue-length) <= 20`; undefined when the text is none of these.
 */
export function parseTolerance(text: string): Tolerance | undefined {
  const match =
    /^\s*(availability|correct|p50|p95|p99|pods\s+ready|metric\([a-z][a-z0-9-]*\))\s*(>=|<=|≥|≤|=)\s*(\S+)\s*$/i.exec(
      text,
    );
  if (!match) return undefined;
  const signal = (match[1] ?? '').toLowerCase().replace(/\s+/, ' ') as Signal;
  const bound = parseBound(signal, match[3] ?? '');
  // Nothing can be more than all, so all is the one bound that `=` can mean.
  const isAll = match[2] === '=' && signal === 'correct' && bound === 1;
  if (match[2] === '=' && !isAll) return undefined;
  const comparison = match[2] === '<=' || match[2] === '≤' ? '<=' : '>=';
  if (bound === undefined) return undefined;
  const isRight = isMetric(signal) || comparison === (isQuantile(signal) ? '<=' : '>=');
  return isRight ? { signal, comparison, bound } : undefined;
}

function parseBound(signal: Signal, text: string): number | undefined {
  if (isQuantile(signal)) return parseDuration(text);
  if (isMetric(signal)) return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
  if (signal === 'pods ready') return /^\d+$/.test(text) ? Number(text) : undefined;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const share = percent === undefined ? undefined : Number((Number(percent) / 100).toFixed(8));
  return share !== undefined && share <= 1 ? share : undefined;
}

/** Prints a tolerance so that `parseTolerance` reads the same one back. */
export function printTolerance(tolerance: Tolerance): string {
  const { signal, comparison, bound } = tolerance;
  const sign = signal === 'correct' && bound === 1 ? '=' : comparison;
  return `${signal} ${sign} ${printBound(tolerance)}`;
}

function printBound({ signal, bound }: Tolerance): string {
  if (isQuantile(signal)) return `${bound}ms`;
  return isMetric(signal) || signal === 'pods ready'
    ? `${bound}`
    : `${Number((bound * 100).toFixed(4))}%`;
}

/** Whether a value keeps the bound of a tolerance. */
export function meets({ comparison, bound }: Tolerance, observed: number): boolean {
  return comparison === '>=' ? observed >= bound : observed <= bound;
}
