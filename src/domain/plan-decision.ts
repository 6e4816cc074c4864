import { toArrivals } from './arrivals.ts';
import { printDuration } from './duration.ts';
import { longestFaultMs } from './fault.ts';
import {
  isMetric,
  isQuantile,
  printTolerance,
  quantileShare,
  type Tolerance,
} from './hypothesis.ts';
import { leastValues, toNeededMs } from './judge-metric.ts';
import { findMetric } from './metric.ts';
import { printExactDuration } from './print-command.ts';
import type { Proposal } from './proposal.ts';
import { countToHold, toUsualNeed, type Bound } from './sample-size.ts';
import { mostBaselineMs } from './tailor-experiment.ts';

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

/** Returns what it takes to decide all tolerances: the most of either number, each with its own tolerance for `atHalf`; undefined when none is a matter of numbers. */
export function findNeed(plan: Planned): ToleranceNeed | undefined {
  const needs = listToleranceNeeds(plan);
  const [longest] = needs.toSorted((one, other) => other.atHalf - one.atHalf);
  const best = findLongest(needs);
  return longest && best && { ...longest, atBest: best.atBest, atBestMs: best.atBestMs };
}

/** What a metric needs to hold. `atBestMs`: how long a phase has to be for enough values, of which one may be missing. */
type MetricNeed = {
  readonly tolerance: Tolerance;
  readonly everyMs: number;
  readonly atBestMs: number;
};

/** Returns what a tolerance on a metric needs; undefined for what is none. */
export function toMetricNeed(
  tolerance: Tolerance,
  { metrics = [] }: Proposal['service'],
): MetricNeed | undefined {
  const metric = findMetric(tolerance, metrics);
  if (!metric) return undefined;
  const { everyMs } = metric;
  return { tolerance, everyMs, atBestMs: toNeededMs(everyMs) };
}

function listMetricNeeds({ hypothesis, service }: Planned): readonly MetricNeed[] {
  return hypothesis.tolerances.flatMap((tolerance) => toMetricNeed(tolerance, service) ?? []);
}

/** What takes the longest if every prediction is good. */
function findLongest<Need extends { readonly atBestMs: number }>(
  needs: readonly Need[],
): Need | undefined {
  return needs.toSorted((one, other) => other.atBestMs - one.atBestMs)[0];
}

/** What an approver should know before the run: which of its measurements cannot decide a tolerance even if every prediction is good, and what would. */
export function listPlanWarnings(
  plan: Planned & Pick<Proposal, 'fault' | 'baselineMs'>,
): readonly string[] {
  const need = findLongest(listToleranceNeeds(plan));
  // A longer fault alone decides nothing either.
  if (need && need.atBestMs > mostMs.baseline) return [printImpossible(need, plan)];
  const longest = findLongest([...(need ? [need] : []), ...listMetricNeeds(plan)]);
  if (!longest) return [];
  const warn = (span: Span) =>
    span.lengthMs < longest.atBestMs ? [printTooShort(span, longest, plan)] : [];
  return [
    ...warn({ parameter: 'duration', lengthMs: plan.fault.durationMs }),
    ...warn({ parameter: 'baseline', lengthMs: plan.baselineMs }),
  ];
}

function printImpossible(need: ToleranceNeed, plan: Planned): string {
  const takes = printNeed(need, plan);
  return `${printTolerance(need.tolerance)} can't be shown at this rate, however good the service is, so nothing would be injected: it takes ${takes}, before the fault too, and a baseline may last ${printDuration(mostMs.baseline)}. Raise the rate of the service in chaos.yaml, or loosen the bound.`;
}

/** What is measured, and the parameter that sets its length. */
type Span = { readonly parameter: 'duration' | 'baseline'; readonly lengthMs: number };

const spanWords = {
  duration: { of: 'of the fault', outcome: '' },
  baseline: {
    of: 'before the fault, and as much after it,',
    outcome: ', so nothing would be injected',
  },
};

function printTooShort(
  { parameter, lengthMs }: Span,
  need: ToleranceNeed | MetricNeed,
  plan: Planned,
): string {
  const { tolerance, atBestMs } = need;
  const { of, outcome } = spanWords[parameter];
  const span = `${printDuration(lengthMs)} ${of}`;
  const advice = adviseLength(parameter, atBestMs);
  if ('everyMs' in need)
    return `${span} may be too short for ${printTolerance(tolerance)}, which is read every ${printDuration(need.everyMs)}: ${leastValues} values are needed, and one may be missing. ${advice}`;
  return `${span} cannot show ${printTolerance(tolerance)}, however good the service is${outcome}: it takes ${printNeed(need, plan)}. ${advice}`;
}

function printNeed({ atBest, atBestMs }: ToleranceNeed, { service }: Planned): string {
  return `${atBest} predictions, ${printDuration(atBestMs)} at ${service.scoring.ratePerSecond}/s`;
}

function adviseLength(parameter: Span['parameter'], atBestMs: number): string {
  const neededMs = Math.ceil(atBestMs / 1_000) * 1_000;
  if (neededMs > mostMs[parameter])
    return `That is more than a ${parameter === 'duration' ? 'fault' : 'baseline'} may last: raise the rate of the service in chaos.yaml, or loosen the bound.`;
  return `Propose it with ${parameter}=${printExactDuration(neededMs)} or more.`;
}

const mostMs = { duration: longestFaultMs, baseline: mostBaselineMs };
