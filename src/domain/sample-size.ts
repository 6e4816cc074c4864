import { toBinomialInterval } from '../evidence/statistics/binomial-interval.ts';

/** How many of how many kept a bound, and the share that must. */
export type Count = { readonly kept: number; readonly of: number; readonly share: number };

/** What an exact 95 % interval says of a share: it lies wholly above the bound, wholly below it, or around it. */
export function findSide({ kept, of, share }: Count): 'above' | 'below' | 'around' {
  const { lower, upper } = toBinomialInterval(kept, of);
  if (lower >= share) return 'above';
  return upper < share ? 'below' : 'around';
}

/** More than anybody waits for: ten days at 1000/s. */
const mostSamples = 1e9;

/**
 * The fewest samples that show a share to be kept when every one of them keeps it: with no failure among n the lower end of the interval of Clopper and Pearson
 * is (0.05 / 2)^(1/n) (Biometrika 26, 1934), so n is at least ln 0.025 / ln share. One sample where all must keep it, which the first failure decides.
 */
export function countToHold(share: number): number {
  if (share <= 0 || share >= 1) return 1;
  return Math.ceil(Math.log(0.05 / 2) / Math.log(share) - 1e-9);
}

/**
 * The fewest samples that decide a bound when so large a part of them as `rate` keeps it; undefined when that is at the bound, or no number that anybody
 * waits for does. Found by doubling and bisection: what the rounding to whole samples adds or takes is of no account.
 */
export function countToDecide(rate: number, share: number): number | undefined {
  const decides = (of: number) => {
    // Rounded towards the bound, so that the number is rather too large than too small.
    const kept = rate > share ? Math.floor(rate * of) : Math.ceil(rate * of);
    return findSide({ kept, of, share }) === (rate > share ? 'above' : 'below');
  };
  if (rate === share) return undefined;
  let high = 1;
  while (!decides(high)) {
    high *= 2;
    if (high > mostSamples) return undefined;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (decides(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** How many more samples would have decided what these do not, had they gone the same way; undefined when no number would. */
export function countMissing({ kept, of, share }: Count): number | undefined {
  const needed = of === 0 ? countToHold(share) : countToDecide(kept / of, share);
  return needed === undefined ? undefined : Math.max(1, needed - of);
}
