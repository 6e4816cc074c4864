import type { Wish } from './needed-predictions.ts';
import { toTellingLengthMs } from './next-run.ts';
import { toNormalQuantile } from './quantiles.ts';
import { toPoissonLimits } from './run-count-interval.ts';

/** How a service loses predictions: in bursts of this mean length, and a share in the background. */
export type LossPattern = {
  readonly burstMs: number;
  /** 0 to 1. */
  readonly background: number;
  readonly ratePerSecond: number;
};

const z = toNormalQuantile(0.975);
/** A year. */
const mostMs = 365 * 24 * 3_600_000;

/** How far from the bound the truth must be for a run to decide it with the stated power, as shares. */
export type Reach = { readonly above: number; readonly below: number };

/**
 * Returns how far above or below the bound a run's own availability must lie to be decided (method 6):
 * (gU(c) - c + z √c)/n above and (c - gL(c) + z √c)/n below, c = expected bursts + n e(1-e) the expected runs of
 * losses of n predictions, z = 0.84 for a power of 80%.
 * Source: the limits of `toPoissonLimits`; bursts as an alternating renewal process: Cox 1962, Renewal Theory.
 */
export function toReach(runs: number, due: number, power: number): Reach {
  const { lower, upper } = toPoissonLimits(runs);
  const scatter = toNormalQuantile(power) * Math.sqrt(runs);
  return { above: (upper - runs + scatter) / due, below: (runs - lower + scatter) / due };
}

/**
 * Returns the runs of losses to expect among these predictions, if availability is what is supposed: the bursts
 * and one more where any are supposed, since a run with losses had one, and those of the background.
 */
export function toExpectedRuns(supposed: number, due: number, pattern: LossPattern): number {
  const { burstMs, ratePerSecond } = pattern;
  if (burstMs === 0) return due * supposed * (1 - supposed);
  const background = Math.min(pattern.background, 1 - supposed);
  const inBursts = (1 - supposed - background) / (1 - background);
  const bursts = (due * inBursts) / ((burstMs / 1_000) * ratePerSecond);
  // What is supposed to be all background leaves a remainder of rounding.
  return (inBursts > 1e-9 ? bursts + 1 : 0) + due * background * (1 - background);
}

/**
 * Returns how long a run must be to decide, with the power of the wish, whether it kept the bound itself. Undefined
 * where what is supposed is the bound, or a year is not enough.
 */
export function toLengthForThisRunMs(wish: Wish, pattern: LossPattern): number | undefined {
  const distance = wish.supposed - wish.bound;
  const decides = (due: number) => {
    const { above, below } = toReach(toExpectedRuns(wish.supposed, due, pattern), due, wish.power);
    return distance > 0 ? above <= distance : below <= -distance;
  };
  const most = (mostMs / 1_000) * pattern.ratePerSecond;
  if (distance === 0 || !decides(most)) return undefined;
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (decides(middle)) high = middle;
    else low = middle;
  }
  return (Math.ceil(high) / pattern.ratePerSecond) * 1_000;
}

/**
 * Returns how long must be watched to say with the power of the wish whether the service would keep the bound again
 * (method 7): (1.96 + z)² (2b(1-p) + e(1-e)/r)/(p - bound)² s, p what is supposed, b the mean burst, e the background
 * and r the rate; twice as long to show that it would, and never less than 3.69 L/(1 - bound) for that.
 * Independent losses are e = 1 - p without bursts. Undefined where what is supposed is the bound.
 * Source: Kish 1965, Survey Sampling, 8.2 (design effect); Cox 1962, Renewal Theory (alternating renewal).
 */
export function toLengthForNextRunMs(
  { bound, supposed, power }: Wish,
  pattern: LossPattern & { readonly longestOutageMs: number },
): number | undefined {
  const distance = supposed - bound;
  if (distance === 0) return undefined;
  const { burstMs, ratePerSecond } = pattern;
  const background = burstMs === 0 ? 1 - supposed : Math.min(pattern.background, 1 - supposed);
  const variance =
    2 * (burstMs / 1_000) * (1 - supposed) + (background * (1 - background)) / ratePerSecond;
  const lengthMs = ((z + toNormalQuantile(power)) / distance) ** 2 * variance * 1_000;
  if (distance < 0) return lengthMs;
  return Math.max(2 * lengthMs, toTellingLengthMs({ bound, ...pattern }));
}
