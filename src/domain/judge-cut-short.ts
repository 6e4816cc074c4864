import { printDuration } from './duration.ts';
import { printTolerance, type Tolerance } from './hypothesis.ts';
import type { ToleranceJudgement } from './judgement.ts';
import {
  countAnswered,
  findEnd,
  type PhaseMeasurement,
  type PredictionMeasurement,
} from './measurement.ts';
import { toBound } from './plan-decision.ts';
import type { Run } from './run.ts';

/** What is as much as is allowed is not more. */
const roundingError = 1e-9;

/** A tolerance on a share, in a fault that ended before its time. */
type Losses = {
  readonly tolerance: Tolerance;
  /** How many predictions broke it, of how many. */
  readonly lost: number;
  readonly of: number;
  /** How many may, of those that were due in the whole fault. */
  readonly allowed: number;
};

/** A tolerance that a fault broke before it was cut short; `losses` is absent for what is no share. */
export type Broken = { readonly tolerance: Tolerance; readonly losses?: Losses };

type Observed = NonNullable<Run['observed']>;

/**
 * Finds the tolerances that a fault broke before it was cut short, whatever the rest of it had shown: a value that left its bound, or more losses than the
 * whole fault may have, with 97.5% confidence. A bound is about the whole fault. A guard ends one when failures are at their worst, so the share of the time
 * until then is no fair sample: of healthy services with bursts of failures, it would condemn most.
 */
export function findBroken({
  observed,
  injection,
  proposal,
}: Pick<Run, 'observed' | 'injection' | 'proposal'>): readonly Broken[] {
  if (!observed || isHitLater(observed, injection)) return [];
  return listDeviated(observed).flatMap((judged): Broken[] => {
    const losses = toLosses(judged, observed.measurement.predictions, proposal);
    if (!losses) return [{ tolerance: judged.tolerance }];
    const surelyLost = losses.of * (1 - (judged.interval?.upper ?? 1));
    return surelyLost > losses.allowed ? [{ tolerance: judged.tolerance, losses }] : [];
  });
}

/** What fails so shortly before a hit may be of the fault. */
const hitErrorMs = 2_000;

/** Whether pods were hit only when the time that was judged had begun. A hit that shows after the end of a fault no longer moves its beginning. */
export function isHitLater(
  { measurement }: Pick<Observed, 'measurement'>,
  injection: Run['injection'],
): boolean {
  // What is known to be misdated is judged as such.
  if (!injection || measurement.misdatedMs !== undefined) return false;
  const times = injection.hit.map(({ from, notBefore = from }) => notBefore);
  return times.length > 0 && Math.min(...times) - measurement.startedAt > hitErrorMs;
}

function listDeviated({ judgement }: Observed): readonly ToleranceJudgement[] {
  return judgement.tolerances.filter(({ finding }) => finding === 'deviated');
}

function toLosses(
  { tolerance, observed, kept: keptShare }: ToleranceJudgement,
  predictions: PredictionMeasurement,
  { service, fault }: Run['proposal'],
): Losses | undefined {
  const bound = toBound(tolerance, service);
  const kept = keptShare ?? observed;
  if (!bound || kept === null) return undefined;
  const of = tolerance.signal === 'correct' ? countAnswered(predictions) : predictions.sent;
  const planned = (fault.durationMs / 1_000) * bound.ratePerSecond;
  const allowed = (1 - bound.share) * Math.max(of, planned);
  return { tolerance, lost: Math.round(of * (1 - kept)), of, allowed };
}

/**
 * Whether what was lost under the fault alone is more than the floor of the guard that ended it allows in its window, which may have begun before the fault.
 * A floor is a limit on what is measured in a window, approved as such, so this is a fact about the run.
 */
export function isBelowFloor({ trip, observed, injection, proposal }: Run): boolean {
  if (trip?.guard.kind !== 'availability-floor' || !observed) return false;
  if (observed.measurement.isClockSetBack || isHitLater(observed, injection)) return false;
  const { floor, windowMs } = trip.guard;
  const { startedAt, seconds, predictions } = observed.measurement;
  const from = Math.max(startedAt, trip.at - windowMs);
  const { sent, good } = countIn(seconds, from, trip.at);
  // The second in which the fault began holds what was lost before it as well.
  const lost = Math.min(sent - good, predictions.sent - predictions.good);
  const due = Math.max(sent, (windowMs / 1_000) * proposal.service.scoring.ratePerSecond);
  return lost > (1 - floor) * due + roundingError;
}

function countIn(seconds: PhaseMeasurement['seconds'], from: number, until: number) {
  const within = seconds.filter((second) => findEnd(second) > from && second.at < until);
  const add = (field: 'sent' | 'good') => within.reduce((sum, second) => sum + second[field], 0);
  return { sent: add('sent'), good: add('good') };
}

/** `availability, p95 and pods ready broke their bounds` */
export function printBroken(broken: readonly { readonly tolerance: Tolerance }[]): string {
  const signals = broken.map(({ tolerance }) => tolerance.signal);
  const [last, ...others] = signals.toReversed();
  if (others.length === 0) return `${last} broke its bound`;
  return `${others.toReversed().join(', ')} and ${last} broke their bounds`;
}

/** Says what a fault broke before it was cut short. */
export function describeBroken(broken: readonly Broken[], { proposal }: Run): string {
  const losses = broken.flatMap((one) => one.losses ?? [])[0];
  const left = `During the fault, ${printBroken(broken)}`;
  return losses ? `${left}: ${printLosses(losses, proposal)}.` : `${left}.`;
}

/** Says how far a fault had got towards breaking a tolerance when it was cut short; undefined where nothing was measured. */
export function describeOpen(run: Run): string | undefined {
  const { observed, proposal } = run;
  const { sent = 0, good = 0 } = observed?.measurement.predictions ?? {};
  if (!observed || sent === 0) return undefined;
  const losses = listDeviated(observed).flatMap(
    (judged) => toLosses(judged, observed.measurement.predictions, proposal) ?? [],
  )[0];
  if (losses) return `Until then ${printLosses(losses, proposal)}.`;
  return `Until then ${sent - good} of ${sent} predictions under the fault failed.`;
}

/** `18 of 30 predictions broke availability >= 95%; 30 may in the whole fault of 60s` */
function printLosses({ tolerance, lost, of, allowed }: Losses, { fault }: Run['proposal']): string {
  const most = Math.floor(allowed + roundingError);
  return `${lost} of ${of} predictions broke ${printTolerance(tolerance)}; ${most} may in the whole fault of ${printDuration(fault.durationMs)}`;
}
