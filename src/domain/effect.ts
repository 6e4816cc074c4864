import type { Interval } from '../evidence/statistics/interval.ts';
import type { PhaseMeasurement } from './measurement.ts';

type Counts = { readonly good: number; readonly sent: number };

/** How much a phase differs from the one before any fault. */
export type Effect = {
  /** Availability of the phase less that of the baseline, -1 to 1, with its 95 % interval. */
  readonly difference: number;
  readonly interval: Interval;
  /** How many times the p95 of the baseline; null when either had no good prediction. It is what was measured, without an interval. */
  readonly p95Ratio: number | null;
};

/** The quantile of the normal distribution that leaves 2.5 % on each side. */
const z = 1.959963984540054;

/** The effect of the fault on what was measured; undefined when either phase sent nothing. */
export function toEffect(baseline: PhaseMeasurement, phase: PhaseMeasurement): Effect | undefined {
  const [before, now] = [baseline.predictions, phase.predictions];
  if (before.sent === 0 || now.sent === 0) return undefined;
  const ratio =
    before.latency && now.latency && before.latency.p95Ms > 0
      ? now.latency.p95Ms / before.latency.p95Ms
      : null;
  return {
    difference: now.good / now.sent - before.good / before.sent,
    interval: toDifferenceInterval(now, before),
    p95Ratio: ratio,
  };
}

/**
 * The 95 % interval of the difference of two independent shares, the first less the second: Newcombe's hybrid of two score intervals, his method 10 (Statistics
 * in Medicine 17, 1998, 873-890). It keeps its confidence also where a share is 0 or 1, as that of a healthy baseline is.
 */
export function toDifferenceInterval(first: Counts, second: Counts): Interval {
  const [one, other] = [toScore(first), toScore(second)];
  const difference = one.share - other.share;
  return {
    lower: difference - Math.hypot(one.share - one.lower, other.upper - other.share),
    upper: difference + Math.hypot(one.upper - one.share, other.share - other.lower),
  };
}

/** Wilson's score interval (Journal of the American Statistical Association 22, 1927). */
function toScore({ good, sent }: Counts) {
  const share = good / sent;
  const scale = 1 + z ** 2 / sent;
  const centre = (share + z ** 2 / (2 * sent)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / sent + z ** 2 / (4 * sent ** 2))) / scale;
  return { share, lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}

/** The effect in words, `availability fell by 1.7 points (95 % sure: 0.3 to 3.4); p95 took 2.9 times as long`. */
export function printEffect(effect: Effect): string {
  const { p95Ratio } = effect;
  const availability = printDifference(effect);
  return p95Ratio === null ? availability : `${availability}; ${printRatio(p95Ratio)}`;
}

function printDifference({ difference, interval: { lower, upper } }: Effect): string {
  if (lower <= 0 && upper >= 0)
    return `no change of availability can be told (95 % sure: between ${printPoints(lower)} points less and ${printPoints(upper)} more)`;
  const [way, least, most] = difference < 0 ? ['fell', upper, lower] : ['rose', lower, upper];
  return `availability ${way} by ${printPoints(difference)} points (95 % sure: ${printPoints(least)} to ${printPoints(most)})`;
}

function printPoints(share: number): string {
  return Math.abs(share * 100).toFixed(1);
}

function printRatio(ratio: number): string {
  if (ratio > 0.95 && ratio < 1.05) return 'p95 took as long as before';
  return `p95 took ${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times as long`;
}
