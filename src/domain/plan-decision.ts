import { toArrivals } from './arrivals.ts';
import { printDuration } from './duration.ts';
import {
  isMetric,
  isQuantile,
  printTolerance,
  quantileShare,
  type Tolerance,
} from './hypothesis.ts';
import type { Proposal } from './proposal.ts';
import { countToHold, toUsualNeed, type Bound } from './sample-size.ts';

/** What it takes to decide one tolerance, as predictions and as time at the service's rate. */
export type ToleranceNeed = {
  readonly tolerance: Tolerance;
  /** When every prediction keeps the bound: with fewer, nothing can be said to have held. */
  readonly atBest: number;
  readonly atBestMs: number;
  /** To be decided with 80%, when half as many break the bound as it allows. */
  readonly atHalf: number;
  readonly atHalfMs: number;
};

type Planned = Pick<Proposal, 'hypothesis' | 'service'>;

/** What each tolerance that is a matter of how many predictions there are needs. */
export function listToleranceNeeds({ hypothesis, service }: Planned): readonly ToleranceNeed[] {
  const toMs = (count: number) => Math.ceil((count / service.scoring.ratePerSecond) * 1_000);
  return hypothesis.tolerances.flatMap((tolerance) => {
    const bound = toBound(tolerance, service);
    if (bound === undefined) return [];
    const atBest = countToHold(bound);
    const atHalf = Math.max(atBest, toUsualNeed(bound)?.count ?? atBest);
    return [{ tolerance, atBest, atBestMs: toMs(atBest), atHalf, atHalfMs: toMs(atHalf) }];
  });
}

/** Returns the share of predictions that must keep a tolerance, and how they are sent; undefined for what is no share. */
export function toBound(
  { signal, bound }: Tolerance,
  { scoring }: Proposal['service'],
): Bound | undefined {
  if (isMetric(signal) || signal === 'pods ready') return undefined;
  return {
    share: isQuantile(signal) ? quantileShare[signal] : bound,
    arrivals: toArrivals(scoring),
    ratePerSecond: scoring.ratePerSecond,
  };
}

/** The tolerance that takes the longest to decide; undefined when none is a matter of numbers. */
export function findLongestNeed(plan: Planned): ToleranceNeed | undefined {
  return listToleranceNeeds(plan).reduce<ToleranceNeed | undefined>(
    (longest, need) => (longest && longest.atHalf >= need.atHalf ? longest : need),
    undefined,
  );
}

/** What an approver should know before the run: which of its measurements cannot decide a tolerance even if every prediction is good. */
export function listPlanWarnings(
  plan: Planned & Pick<Proposal, 'fault' | 'baselineMs'>,
): readonly string[] {
  const need = listToleranceNeeds(plan).toSorted((one, other) => other.atBest - one.atBest)[0];
  if (!need) return [];
  const { tolerance, atBest, atBestMs } = need;
  const spans = [
    ['of the fault', plan.fault.durationMs],
    ['before the fault, and as much after it,', plan.baselineMs],
  ] as const;
  return spans
    .filter(([, spanMs]) => spanMs < atBestMs)
    .map(
      ([what, spanMs]) =>
        `${printDuration(spanMs)} ${what} cannot show ${printTolerance(tolerance)}, however good${spanMs === plan.baselineMs ? ', so nothing would be injected' : ''}: that takes ${atBest} predictions, ${printDuration(atBestMs)} at ${plan.service.scoring.ratePerSecond}/s.`,
    );
}
