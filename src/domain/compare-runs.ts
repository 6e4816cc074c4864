import { printShare } from './print-numbers.ts';
import { compareRuns as compareObservations } from '../evidence/statistics/compare-runs.ts';
import type { Change, RunComparison } from '../evidence/statistics/compare-runs.ts';
import { toArrivals } from './arrivals.ts';
import { toCanonicalJson } from './canonical-json.ts';
import { findForeignPods } from './answering-pods.ts';
import { isPhaseCovered } from './coverage.ts';
import type { RunId } from './ids.ts';
import { toObservation } from './observation.ts';
import { toOutageRule } from './outages.ts';
import { toOutlook, type Outlook } from './outlook.ts';
import { wasInjectedAsApproved, type Run } from './run.ts';

/**
 * Why a run can't be called better or worse than others. `cut-short`: its fault, or that of all the others, ended before its time. `not-as-approved`: its fault
 * was another one than theirs. `other-service`: other pods than the service's answered. `too-little-measured`: below `leastCoverage`, and the difference is not told either.
 */
type Incomparable = 'cut-short' | 'not-as-approved' | 'other-service' | 'too-little-measured';

type Counts = { readonly good: number; readonly sent: number };

/** A run's availability under the fault, compared with that of earlier runs of the same fault on the same service. */
export type Comparison = Omit<RunComparison, 'change'> & {
  readonly change: Change | Incomparable;
  readonly now: Counts;
  readonly before: Counts;
  /** The runs that it is compared to, newest first. */
  readonly runs: readonly RunId[];
  readonly outlook?: Outlook;
};

const mostRuns = 5;

/** Compares a run to earlier ones, newest first; undefined when nothing was measured under its fault, or there is none to compare it to. */
export function compareRuns(run: Run, others: readonly Run[]): Comparison | undefined {
  const counts = toCounts(run);
  const alike = others.filter((other) => isAlike(run, other)).slice(0, mostRuns);
  if (!counts || !run.observed || alike.length === 0) return undefined;
  const whole = alike.filter((other) => !isCutShort(other));
  const earlier = whole.length > 0 ? whole : alike;
  const before = earlier.map(toCounts).reduce<Counts>(
    (sum, counts) => ({
      good: sum.good + (counts?.good ?? 0),
      sent: sum.sent + (counts?.sent ?? 0),
    }),
    { good: 0, sent: 0 },
  );
  const observed = earlier.flatMap((other) =>
    other.observed ? [toObservation(other.observed.measurement, toOutageRule(other))] : [],
  );
  const arrivals = toArrivals(run.proposal.service.scoring);
  const now = toObservation(run.observed.measurement, toOutageRule(run));
  const compared = compareObservations(now, observed, arrivals);
  if (!compared) return undefined;
  const isOther = isCutShort(run) || whole.length === 0;
  const change = findIncomparable(run) ?? (isOther ? 'cut-short' : compared.change);
  // Those that a guard ended count here: without them, only the ones that went well would speak.
  const outlook = toOutlook(run, alike);
  return {
    ...compared,
    change,
    now: counts,
    before,
    runs: earlier.map(({ id }) => id),
    ...(outlook ? { outlook } : {}),
  };
}

function findIncomparable(run: Run): Incomparable | undefined {
  if (!isCovered(run, run)) return 'too-little-measured';
  if (!wasInjectedAsApproved(run)) return 'not-as-approved';
  return findForeignPods(run) ? 'other-service' : undefined;
}

/** Whether enough was measured under the fault of `other` for what `run` asks. */
function isCovered({ proposal }: Run, { observed }: Run): boolean {
  return observed !== undefined && isPhaseCovered(observed.measurement, proposal.hypothesis);
}

const isCutShort = ({ end }: Run) => end !== undefined && end.ending !== 'completed';

/** Earlier, with a fault of the same kind, size and length that was seen, as approved and measured, on the same service. Whether a person stops a run says little of the service, so those are left out. */
function isAlike(run: Run, other: Run): boolean {
  const { proposal } = run;
  const same = (one: unknown, two: unknown) => toCanonicalJson(one) === toCanonicalJson(two);
  return (
    other.id !== run.id &&
    other.proposal.proposedAt < proposal.proposedAt &&
    (other.end?.ending === 'completed' || other.end?.ending === 'aborted') &&
    wasInjectedAsApproved(other) &&
    isCovered(run, other) &&
    !findForeignPods(other) &&
    other.proposal.service.name === proposal.service.name &&
    other.proposal.service.cluster === proposal.service.cluster &&
    same(other.proposal.fault, proposal.fault) &&
    toCounts(other) !== undefined
  );
}

/** What was measured under a fault that was seen; undefined when nothing was. */
function toCounts({ observed, faultSeen }: Run): Counts | undefined {
  const { sent = 0, good = 0 } = observed?.measurement.predictions ?? {};
  return faultSeen && sent > 0 ? { good, sent } : undefined;
}

/** `worse than the last comparable run (r-7k2mq4). Measured: 85.32% good under the fault, 13.9 points less (95% CI: 12.1 points less to 15.7 points less)` */
export function printComparison(comparison: Comparison): string {
  const { now, measured, change } = comparison;
  // Of what was not measured nothing is known, and the interval is of the rest only.
  if (change === 'too-little-measured') return printChange(comparison);
  const { lower, upper } = measured.interval;
  const interval = `95% CI: ${printPoints(lower)} to ${printPoints(upper)}`;
  const difference = `${printPoints(measured.difference)} (${interval})`;
  return `${printChange(comparison)}. Measured: ${printShare(now.good / now.sent)} good under the fault, ${difference}`;
}

function printChange(comparison: Comparison): string {
  const { change, runs, assumesRunsAlike, episodes, neededEpisodes } = comparison;
  const others = printRuns(runs);
  const alike = assumesRunsAlike ? ', if runs of this kind differ by chance only' : '';
  switch (change) {
    case 'better':
    case 'worse':
      return `${change} than ${others}${alike}`;
    case 'no-difference-can-be-told':
      return `no difference from ${others} can be told`;
    case 'too-few-episodes':
      return `too few outages to compare with ${others}: ${episodes} in all, at least ${neededEpisodes} are needed`;
    case 'cut-short':
      return `a fault was cut short, so this run can't be called better or worse than ${others}`;
    case 'not-as-approved':
      return `the fault of this run was not as approved, so it can't be called better or worse than ${others}`;
    case 'other-service':
      return `pods outside the service answered, so this run can't be called better or worse than ${others}`;
    case 'too-little-measured':
      return `too few predictions were measured during the fault to compare this run with ${others}`;
  }
}

/** Runs in between that can't be compared are left out, so each is named. */
function printRuns(runs: readonly RunId[]): string {
  const last = runs.length === 1 ? 'comparable run' : `${runs.length} comparable runs`;
  return `the last ${last} (${runs.join(', ')})`;
}

/** `0.9 points less` */
function printPoints(share: number): string {
  const points = Math.abs(share * 100).toFixed(1);
  if (points === '0.0') return 'as much';
  return `${points} points ${share < 0 ? 'less' : 'more'}`;
}
