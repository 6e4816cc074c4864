import { parseDuration } from './duration.ts';

/** What a tolerance speaks about: a share of predictions or of answers, a quantile of their latency, or a number of ready pods. */
export const signals = ['availability', 'correct', 'p50', 'p95', 'p99', 'pods ready'] as const;
export type Signal = (typeof signals)[number];

/**
 * One bound of the steady state. `bound` is a share (0 to 1) for availability and correct, milliseconds for a quantile, a count for pods.
 * Latency has an upper bound, everything else a lower one. `correct` is the share of answered predictions that are right.
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
};

export type Quantile = 'p50' | 'p95' | 'p99';

/** The share of predictions that a quantile speaks of, 0.95 for p95. */
export const quantileShare: Readonly<Record<Quantile, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

export function isQuantile(signal: Signal): signal is Quantile {
  return signal in quantileShare;
}

/** Reads `availability >= 99.5%`, `correct = 100%`, `p95 <= 300ms` or `pods ready >= 2`; undefined when the text is none of these. */
export function parseTolerance(text: string): Tolerance | undefined {
  const match =
    /^\s*(availability|correct|p50|p95|p99|pods\s+ready)\s*(>=|<=|≥|≤|=)\s*(\S+)\s*$/i.exec(text);
  if (!match) return undefined;
  const signal = (match[1] ?? '').toLowerCase().replace(/\s+/, ' ') as Signal;
  const bound = parseBound(signal, match[3] ?? '');
  // Nothing can be more than all, so all is the one bound that `=` can mean.
  const isAll = match[2] === '=' && signal === 'correct' && bound === 1;
  if (match[2] === '=' && !isAll) return undefined;
  const comparison = match[2] === '<=' || match[2] === '≤' ? '<=' : '>=';
  if (bound === undefined || comparison !== (isQuantile(signal) ? '<=' : '>=')) return undefined;
  return { signal, comparison, bound };
}

function parseBound(signal: Signal, text: string): number | undefined {
  if (isQuantile(signal)) return parseDuration(text);
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
  return signal === 'pods ready' ? `${bound}` : `${Number((bound * 100).toFixed(4))}%`;
}
