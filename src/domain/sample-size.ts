import type { Arrivals } from '../evidence/statistics/judge-share.ts';
import { countIndependent } from '../evidence/statistics/needed-predictions.ts';
import { toLengthForThisRunMs } from '../evidence/statistics/needed-time.ts';
import { toPoissonLimits } from '../evidence/statistics/run-count-interval.ts';
import { leastSureOfAll } from './judgement.ts';

/** The share that must be kept, 0 to 1, and how predictions are sent. */
export type Bound = {
  readonly share: number;
  readonly arrivals: Arrivals;
  readonly ratePerSecond: number;
};

/** How long a phase must be to decide a bound with a probability of `power`, if the share kept is really what is supposed. */
export type Need = { readonly supposed: number; readonly count: number; readonly ms: number };

/** How sure an answer is to come after the stated length. */
export const power = 0.8;

/** The share lost that is supposed, as a part of what the bound allows. */
const supposedParts = [0.2, 0.5, 1.5] as const;
/** What is supposed where a single value has to do: half as much is lost as the bound allows. */
const usualPart = 0.5;

/**
 * Returns the fewest predictions that hold a bound when none is lost: χ²(0.975; 2)/2 = 3.69 over the share that may be lost, or ln 0.025 / ln share for Poisson
 * arrivals (Clopper & Pearson 1934). For a bound of 100%, as many as it takes to be sure of `leastSureOfAll`.
 */
export function countToHold({ share, arrivals }: Omit<Bound, 'ratePerSecond'>): number {
  if (share <= 0) return 1;
  const bound = share >= 1 ? leastSureOfAll : share;
  const exact =
    arrivals === 'poisson'
      ? Math.log(0.025) / Math.log(bound)
      : toPoissonLimits(0).upper / (1 - bound);
  return Math.ceil(exact - 1e-9);
}

/** Returns how much decides a bound for each supposed share; none for a bound of 100%, which the first loss decides. */
export function listNeeds(bound: Bound): readonly Need[] {
  return supposedParts.flatMap((part) => toNeed(bound, part) ?? []);
}

/** Returns how much decides a bound if half as much is lost as it allows; undefined where no sensible length does. */
export function toUsualNeed(bound: Bound): Need | undefined {
  return toNeed(bound, usualPart);
}

/**
 * Losses are taken as independent of each other: those in bursts make fewer runs of losses, so they need less. Fewer than `countToHold` never hold a bound.
 */
function toNeed(bound: Bound, part: number): Need | undefined {
  const { share, arrivals, ratePerSecond } = bound;
  const supposed = 1 - part * (1 - share);
  if (share <= 0 || share >= 1 || supposed <= 0) return undefined;
  const wish = { bound: share, supposed, power };
  const pattern = { burstMs: 0, background: 0, ratePerSecond };
  const lengthMs = arrivals === 'poisson' ? undefined : toLengthForThisRunMs(wish, pattern);
  const needed =
    lengthMs === undefined ? countIndependent(wish) : (lengthMs / 1_000) * ratePerSecond;
  if (needed === undefined) return undefined;
  const count = Math.ceil(needed - 1e-9);
  return { supposed, count, ms: Math.ceil((count / ratePerSecond) * 1_000) };
}

/** Prints a supposed share: `97.5%`. */
export function printSupposed(share: number): string {
  return `${Number((share * 100).toFixed(3))}%`;
}
