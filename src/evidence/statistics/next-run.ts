import { toEpisodes } from './episodes.ts';
import { toGammaInterval } from './gamma-interval.ts';
import { toOpposite, type Interval } from './interval.ts';
import { countLost, type Observation } from './loss-runs.ts';
import { toChiSquareQuantile } from './quantiles.ts';

/** From so many runs on, a run and not an episode is the unit. */
const runsAsUnits = 3;

/** What is declared about a service: the longest outage to reckon with, and how often predictions are sent. */
export type OutageLimit = { readonly longestOutageMs: number; readonly ratePerSecond: number };

/** The share that the service is expected to keep, over runs like these. */
export type Expectation = {
  readonly interval: Interval;
  /** What was taken as independent of each other. */
  readonly units: 'episodes' | 'runs';
};

/**
 * Returns the 95% interval of the share kept that runs like these have on average (method 2). The units are episodes
 * for one or two runs, and whole runs from three on, which covers services that differ from run to run.
 * The statement rests on the declared longest outage; never derive that from one run.
 */
export function expectShare(runs: readonly Observation[], limit: OutageLimit): Expectation {
  const units = runs.length < runsAsUnits ? 'episodes' : 'runs';
  const losses =
    units === 'episodes'
      ? runs.flatMap(toEpisodes)
      : runs.map(({ lossRuns }) => countLost(lossRuns));
  const due = runs.reduce((sum, run) => sum + run.due, 0);
  const mostLost = (limit.longestOutageMs / 1_000) * limit.ratePerSecond;
  return { interval: toOpposite(toGammaInterval({ units: losses, due, mostLost })), units };
}

/** The bound of a share kept, 0 to 1, and the longest outage to reckon with. */
export type Claim = { readonly bound: number; readonly longestOutageMs: number };

/**
 * Returns how long must be watched without any loss before "the service would keep the bound" can be said:
 * χ²(0.975; 2)/2 × L / (1 - bound) = 3.69 L / (1 - bound). Infinite for a bound of 1.
 */
export function toTellingLengthMs({ bound, longestOutageMs }: Claim): number {
  return ((toChiSquareQuantile(0.975, 2) / 2) * longestOutageMs) / (1 - bound);
}

/** Returns whether runs of this length in all can show that the service would keep the bound, if they lose nothing. */
export function canOneRunTell(claim: Claim, watchedMs: number): boolean {
  return watchedMs > toTellingLengthMs(claim);
}

/**
 * Returns the probability that the next run is no worse than the worst of `runs` earlier ones: k/(k+1), where runs
 * are exchangeable. Source: Wilks 1941, Ann. Math. Stat. 12, 91.
 */
export function toWorstOfProbability(runs: number): number {
  return runs / (runs + 1);
}
