import type { Interval } from './interval.ts';
import { toChiSquareQuantile } from './quantiles.ts';

/** Losses in units that are independent of each other. */
export type UnitLosses = {
  /** How many predictions each unit lost: an episode, or a run. */
  readonly units: readonly number[];
  /** How many predictions were due in all. */
  readonly due: number;
  /** How many predictions the longest outage to reckon with would lose: its length times the rate. */
  readonly mostLost: number;
};

/** Losses of all units together. */
export type LossMoments = {
  /** Y, the predictions lost. */
  readonly sum: number;
  /** V, the squares of what each unit lost. */
  readonly squares: number;
  /** M, what the largest unit lost or the longest outage to reckon with would lose. */
  readonly most: number;
};

/**
 * Returns the 95% interval of the expected share lost, for a compound Poisson count. With w the losses of the units,
 * Y = Σw, V = Σw², M = max(largest w, mostLost, 1) and N due:
 * lower = V/(2Y) χ²(0.025; 2Y²/V)/N, 0 without losses;
 * upper = (V+M²)/(2(Y+M)) χ²(0.975; 2(Y+M)²/(V+M²))/N, at most 1.
 * An approximation: simulated, it covers 96% or more where runs are alike and M is not below the truth.
 * Source: Fay & Feuer 1997, Stat. Med. 16, 791.
 */
export function toGammaInterval({ units, due, mostLost }: UnitLosses): Interval {
  const sum = units.reduce((total, lost) => total + lost, 0);
  const squares = units.reduce((total, lost) => total + lost * lost, 0);
  const most = units.reduce((largest, lost) => Math.max(largest, lost), Math.max(mostLost, 1));
  return toMomentsInterval({ sum, squares, most }, due);
}

/** Returns the interval of `toGammaInterval` from the moments of the losses. */
export function toMomentsInterval({ sum, squares, most }: LossMoments, due: number): Interval {
  if (due === 0) return { lower: 0, upper: 1 };
  return {
    lower: sum === 0 ? 0 : toGammaQuantile(0.025, sum, squares) / due,
    upper: Math.min(1, toGammaQuantile(0.975, sum + most, squares + most ** 2) / due),
  };
}

/** The quantile of the gamma distribution with this mean and variance. */
export function toGammaQuantile(probability: number, mean: number, variance: number): number {
  return (variance / (2 * mean)) * toChiSquareQuantile(probability, (2 * mean ** 2) / variance);
}
