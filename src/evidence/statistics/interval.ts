/** A two-sided confidence interval of a share, both ends between 0 and 1. */
export type Interval = { readonly lower: number; readonly upper: number };

/** Returns the interval of the opposite share: of the predictions kept from that of the predictions lost. */
export function toOpposite({ lower, upper }: Interval): Interval {
  return { lower: 1 - upper, upper: 1 - lower };
}
