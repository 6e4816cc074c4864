import { printDuration } from './duration.ts';
import {
  isMetric,
  isQuantile,
  printTolerance,
  quantileShare,
  type Tolerance,
} from './hypothesis.ts';
import type { Proposal } from './proposal.ts';
import { countToDecide, countToHold } from './sample-size.ts';

/** What it takes to decide one tolerance with 95 % confidence, as predictions and as time at the service's rate. */
export type Need = {
  readonly tolerance: Tolerance;
  /** When every prediction keeps the bound: with fewer, nothing can be said to have held. */
  readonly atBest: number;
  readonly atBestMs: number;
  /** When half as many break the bound as it allows. */
  readonly atHalf: number;
  readonly atHalfMs: number;
};

type Planned = Pick<Proposal, 'hypothesis' | 'service'>;

/** What each tolerance that is a matter of how many predictions there are needs. */
export function listNeeds({ hypothesis, service }: Planned): readonly Need[] {
  const { ratePerSecond } = service.scoring;
  const toMs = (count: number) => Math.ceil((count / ratePerSecond) * 1_000);
  return hypothesis.tolerances.flatMap((tolerance) => {
    const share = toShare(tolerance);
    if (share === undefined) return [];
    const atBest = countToHold(share);
    const atHalf = share >= 1 ? atBest : (countToDecide((1 + share) / 2, share) ?? atBest);
    return [{ tolerance, atBest, atBestMs: toMs(atBest), atHalf, atHalfMs: toMs(atHalf) }];
  });
}

/** The share of predictions that must keep the bound; undefined for what is no share. */
function toShare({ signal, bound }: Tolerance): number | undefined {
  if (isQuantile(signal)) return quantileShare[signal];
  return isMetric(signal) || signal === 'pods ready' ? undefined : bound;
}

/** The tolerance that takes the longest to decide; undefined when none is a matter of numbers. */
export function findLongestNeed(plan: Planned): Need | undefined {
  return listNeeds(plan).reduce<Need | undefined>(
    (longest, need) => (longest && longest.atHalf >= need.atHalf ? longest : need),
    undefined,
  );
}

/** What an approver should know before the run: which of its measurements cannot decide a tolerance even if every prediction is good. */
export function listPlanWarnings(
  plan: Planned & Pick<Proposal, 'fault' | 'baselineMs'>,
): readonly string[] {
  const need = listNeeds(plan).toSorted((one, other) => other.atBest - one.atBest)[0];
  if (!need) return [];
  const { tolerance, atBest, atBestMs } = need;
  const spans = [
    ['of the fault', plan.fault.durationMs],
    ['after it', plan.baselineMs],
  ] as const;
  return spans
    .filter(([, spanMs]) => spanMs < atBestMs)
    .map(
      ([what, spanMs]) =>
        `${printDuration(spanMs)} ${what} cannot show ${printTolerance(tolerance)}, however good: that takes ${atBest} predictions, ${printDuration(atBestMs)} at ${plan.service.scoring.ratePerSecond}/s.`,
    );
}
