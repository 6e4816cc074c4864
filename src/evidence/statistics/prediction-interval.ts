import type { Interval } from './interval.ts';
import { toTQuantile } from './quantiles.ts';

/**
 * Returns where the share of one more run lies with 95%, given those of k earlier runs:
 * mean ± t(0.975; k-1) s √(1 + 1/k), with s their standard deviation. It is not cut to 0 and 1.
 * Undefined for fewer than two. Source: Hahn & Meeker 1991, Statistical Intervals, 4.8.
 */
export function toPredictionInterval(shares: readonly number[]): Interval | undefined {
  const count = shares.length;
  if (count < 2) return undefined;
  const mean = shares.reduce((sum, share) => sum + share, 0) / count;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  const reach = toTQuantile(0.975, count - 1) * deviation * Math.sqrt(1 + 1 / count);
  return { lower: mean - reach, upper: mean + reach };
}
