import type { Wish } from './needed-predictions.ts';
import { toNormalQuantile } from './quantiles.ts';
import { toPoissonLimits } from './run-count-interval.ts';

/** How a service loses predictions: in bursts of this mean length, and a share in the background. */
export type LossPattern = {
  readonly burstMs: number;
  /** 0 to 1. */
  readonly background: number;
  readonly ratePerSecond: number;
};

/** The longest time that is reported as needed: a year. */
export const mostMs = 365 * 24 * 3_600_000;

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
  const { bursts, background } = toLossRates(supposed, pattern);
  const seconds = due / pattern.ratePerSecond;
  return (bursts > 0 ? bursts * seconds + 1 : 0) + due * background * (1 - background);
}

/** Returns how many bursts begin in a second, if availability is what is supposed, and the share lost besides. */
export function toLossRates(
  supposed: number,
  { burstMs, background: share }: LossPattern,
): { readonly bursts: number; readonly background: number } {
  if (burstMs === 0) return { bursts: 0, background: 1 - supposed };
  const background = Math.min(share, 1 - supposed);
  const inBursts = (1 - supposed - background) / (1 - background);
  // What is supposed to be all background leaves a remainder of rounding.
  return { bursts: inBursts > 1e-9 ? inBursts / (burstMs / 1_000) : 0, background };
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
