import type { Interval } from './interval.ts';

/** A share and its own interval. */
export type Estimate = { readonly share: number; readonly interval: Interval };

/** A difference of two shares and its interval, both between -1 and 1. */
export type Difference = { readonly difference: number; readonly interval: Interval };

/**
 * Returns the difference of two measured shares, `now` minus `before`, and its 95% interval from their own:
 * d - √((x1-l1)² + (u2-x2)²) to d + √((u1-x1)² + (x2-l2)²). It says what happened, not whether the service changed.
 * Source: MOVER, Zou & Donner 2008, Stat. Med. 27, 1693.
 */
export function toDifference(now: Estimate, before: Estimate): Difference {
  const difference = now.share - before.share;
  const down = Math.hypot(now.share - now.interval.lower, before.interval.upper - before.share);
  const up = Math.hypot(now.interval.upper - now.share, before.share - before.interval.lower);
  return { difference, interval: { lower: difference - down, upper: difference + up } };
}
