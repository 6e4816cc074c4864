import { toBinomialInterval } from './binomial-interval.ts';
import { toOpposite, type Interval } from './interval.ts';
import type { Losses } from './loss-runs.ts';
import { toRunCountInterval } from './run-count-interval.ts';

/** When predictions are sent: evenly, at a random instant of each slot of 1/rate, or as a Poisson process. */
export type Arrivals = 'constant' | 'jittered' | 'poisson';

/** What one observation says about a bound. */
export type ShareFinding = 'held' | 'deviated' | 'inconclusive';

/** The judgement of a share kept, such as availability, against its bound. */
export type ShareJudgement = {
  readonly finding: ShareFinding;
  readonly method: 'run-count' | 'clopper-pearson';
  /** The 95% interval of the share that was kept in the observed time. */
  readonly interval: Interval;
};

/** Returns the 95% interval of the share lost in the observed time, by the method that the arrivals allow. */
export function toLostInterval(losses: Losses, arrivals: Arrivals): Interval {
  if (arrivals === 'poisson') return toBinomialInterval(losses.lost, losses.due);
  return toRunCountInterval(losses);
}

/**
 * Judges what happened in the observed time: held when its 95% interval lies at or above the bound (the least share
 * kept, 0 to 1), deviated when wholly below, otherwise inconclusive. It says nothing about another run.
 */
export function judgeShare(
  losses: Losses,
  { bound, arrivals }: { readonly bound: number; readonly arrivals: Arrivals },
): ShareJudgement {
  const interval = toOpposite(toLostInterval(losses, arrivals));
  const method = arrivals === 'poisson' ? 'clopper-pearson' : 'run-count';
  return { finding: findSide(interval, bound), method, interval };
}

function findSide({ lower, upper }: Interval, bound: number): ShareFinding {
  if (lower >= bound) return 'held';
  return upper < bound ? 'deviated' : 'inconclusive';
}
