import { compareRuns } from '../evidence/statistics/compare-runs.ts';
import type { Interval } from '../evidence/statistics/interval.ts';
import type { Arrivals } from '../evidence/statistics/judge-share.ts';
import { toDifference, type Estimate } from '../evidence/statistics/share-difference.ts';
import { toArrivals } from './arrivals.ts';
import { isPhaseCovered } from './coverage.ts';
import { toAvailabilityInterval } from './judgement.ts';
import { availabilityOf, type PhaseMeasurement } from './measurement.ts';
import { toObservation } from './observation.ts';
import { toOutageRule } from './outages.ts';
import type { Run } from './run.ts';

/** How the fault phase differed from the baseline, in this run. */
export type Effect = {
  /** Availability of the fault phase minus that of the baseline, -1 to 1, with its 95% interval. */
  readonly difference: number;
  readonly interval: Interval;
  /** Whether two phases of an unchanged service differ so much in less than 5% of cases, by the episode test. */
  readonly chance: 'excluded' | 'possible' | 'too-few-episodes' | 'too-little-measured';
  /** Episodes of failures in both phases, each outage being one, and the fewest that can exclude chance. */
  readonly episodes: number;
  readonly neededEpisodes: number;
  /** The p95 as a multiple of the baseline's, as measured; null when either phase had no good prediction. */
  readonly p95Ratio: number | null;
};

/** Compares the fault phase with the baseline; undefined when either was not measured. */
export function toEffect({
  baseline,
  observed,
  proposal,
}: Pick<Run, 'baseline' | 'observed' | 'proposal'>): Effect | undefined {
  if (!baseline || !observed) return undefined;
  const rule = toOutageRule({ baseline, proposal });
  const [before, now] = [baseline.measurement, observed.measurement];
  const arrivals = toArrivals(proposal.service.scoring);
  const [earlier, later] = [toEstimate(before, arrivals), toEstimate(now, arrivals)];
  const compared = compareRuns(toObservation(now, rule), [toObservation(before, rule)], arrivals);
  if (!earlier || !later || !compared) return undefined;
  const { episodes, neededEpisodes } = compared;
  return {
    ...toDifference(later, earlier),
    chance: isPhaseCovered(now, proposal.hypothesis)
      ? chances[compared.change]
      : 'too-little-measured',
    episodes,
    neededEpisodes,
    p95Ratio: toLatencyRatio(before, now),
  };
}

const chances = {
  better: 'excluded',
  worse: 'excluded',
  'no-difference-can-be-told': 'possible',
  'too-few-episodes': 'too-few-episodes',
} as const;

function toEstimate({ predictions }: PhaseMeasurement, arrivals: Arrivals): Estimate | undefined {
  const share = availabilityOf(predictions);
  const interval = toAvailabilityInterval(predictions, arrivals);
  return share === null || interval === null ? undefined : { share, interval };
}

/** Returns a quantile of a phase as a multiple of the baseline's; null when either had no good prediction. */
export function toLatencyRatio(
  before: PhaseMeasurement,
  now: PhaseMeasurement,
  quantile: 'p50Ms' | 'p95Ms' = 'p95Ms',
): number | null {
  const [earlier, later] = [before.predictions.latency, now.predictions.latency];
  return earlier && later && earlier[quantile] > 0 ? later[quantile] / earlier[quantile] : null;
}

/** Prints an effect: `availability fell by 1.7 points (95% CI: 0.3 to 3.4); p95 of right answers was 2.9× the baseline`. */
export function printEffect(effect: Effect): string {
  const { p95Ratio } = effect;
  const availability = printDifference(effect);
  return p95Ratio === null ? availability : `${availability}; ${printRatio(p95Ratio)}`;
}

/** Uses "fell" and "rose" only for a change that chance doesn't explain; the measured difference is always shown. */
function printDifference({ difference, interval, ...test }: Effect): string {
  const { lower, upper } = interval;
  if (lower <= 0 && upper >= 0) {
    const conclusion =
      test.chance === 'too-little-measured' ? `; ${explainChance(test)}` : ': no measurable change';
    return `availability was ${printSigned(difference)} (95% CI: ${printSigned(lower)} to ${printSigned(upper)})${conclusion}`;
  }
  const [least, most] = difference < 0 ? [upper, lower] : [lower, upper];
  const sure = `(95% CI: ${printPoints(least)} to ${printPoints(most)})`;
  return test.chance === 'excluded'
    ? `availability ${difference < 0 ? 'fell' : 'rose'} by ${printPoints(difference)} points ${sure}`
    : `availability was ${printSigned(difference)} ${sure}; ${explainChance(test)}`;
}

function explainChance({
  chance,
  episodes,
  neededEpisodes,
}: Pick<Effect, 'chance' | 'episodes' | 'neededEpisodes'>): string {
  switch (chance) {
    case 'too-little-measured':
      return 'too few predictions were measured during the fault to tell a change';
    case 'too-few-episodes':
      return `too few separate failures in the baseline and under the fault to tell a change from chance (${episodes}, at least ${neededEpisodes} are needed)`;
    default:
      return 'the service may vary as much without a fault';
  }
}

/** `1.2 points lower` */
function printSigned(share: number): string {
  return `${printPoints(share)} points ${share < 0 ? 'lower' : 'higher'}`;
}

function printPoints(share: number): string {
  return Math.abs(share * 100).toFixed(1);
}

function printRatio(ratio: number): string {
  if (ratio > 0.95 && ratio < 1.05) return 'p95 of right answers as in the baseline';
  return `p95 of right answers was ${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)}× the baseline`;
}
