import { toBinomialInterval } from './binomial-interval.ts';
import { toBinomialProbability, toNormalQuantile } from './quantiles.ts';

/** The wish to decide a bound: how sure, if availability really is what is supposed. Shares are 0 to 1. */
export type Wish = { readonly bound: number; readonly supposed: number; readonly power: number };

/** Ten days at 1,000 a second. */
const mostPredictions = 1e9;

/**
 * Returns from how many predictions on an exact interval decides the bound with the power of the wish, for
 * independent losses. Formula (5) errs by up to 5 points of power and the exact power falls whenever the critical
 * number of losses grows, so this goes by the exact binomial at the lowest power of each critical number.
 * Undefined where what is supposed is the bound, or no sensible number decides it.
 * Source: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, 2.5; Clopper & Pearson 1934.
 */
export function countIndependent(wish: Wish): number | undefined {
  const approximate = approximateCount(wish);
  if (!(approximate <= mostPredictions)) return undefined;
  if (wish.bound === 1) return countToLose(wish);
  return wish.supposed > wish.bound ? countForHeld(wish) : countForBroken(wish);
}

/** A bound of 1 is broken by the first loss. */
function countToLose({ supposed, power }: Wish): number {
  return Math.max(1, Math.ceil(Math.log(1 - power) / Math.log(supposed)));
}

/** While the critical number of losses stays the same, the power falls with more predictions. */
function countForHeld({ bound, supposed, power }: Wish): number {
  const isEnough = (critical: number) =>
    toBinomialProbability(critical, toLeastDueHeld(critical + 1, bound) - 1, 1 - supposed) >= power;
  return toLeastDueHeld(findFirst(isEnough, 0), bound);
}

/** While the critical number of losses stays the same, the power rises with more predictions. */
function countForBroken({ bound, supposed, power }: Wish): number {
  const breaks = (critical: number, due: number) =>
    1 - toBinomialProbability(critical - 1, due, 1 - supposed) >= power;
  const critical = findFirst((lost) => breaks(lost, toLeastDueUnbroken(lost, bound)), 1);
  const most = toLeastDueUnbroken(critical, bound);
  if (critical === 1) return most;
  const least = toLeastDueUnbroken(critical - 1, bound);
  return findFirst((due) => due >= most || breaks(critical - 1, due), least);
}

/**
 * Returns (5), for independent losses: ((1.96 √(p0 q0) + z √(p1 q1))/(p1 - p0))², p0 the bound, p1 what is supposed,
 * z = 0.84 for a power of 80%. Infinite at the bound.
 */
export function approximateCount({ bound, supposed, power }: Wish): number {
  const spread = (share: number) => Math.sqrt(share * (1 - share));
  const reach =
    toNormalQuantile(0.975) * spread(bound) + toNormalQuantile(power) * spread(supposed);
  return Math.ceil((reach / (supposed - bound)) ** 2);
}

/** The fewest predictions that hold the bound with so many losses. */
function toLeastDueHeld(lost: number, bound: number): number {
  return findFirst((due) => toBinomialInterval(lost, due).upper <= 1 - bound, lost + 1);
}

/** The fewest predictions for which one loss fewer than these no longer breaks the bound. */
function toLeastDueUnbroken(lost: number, bound: number): number {
  return findFirst((due) => !(toBinomialInterval(lost - 1, due).lower > 1 - bound), lost);
}

/** The first whole number from `least` on for which a test holds that holds for all later ones. */
function findFirst(holds: (value: number) => boolean, least: number): number {
  let step = 1;
  while (step < mostPredictions && !holds(least + step - 1)) step *= 2;
  let [low, high] = [least + Math.floor(step / 2) - 1, least + step - 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
