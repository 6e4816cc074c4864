import { mayHaveBeenHeard, type RefusedCancel } from './cancel-outcome.ts';
import type { DatedTrip } from './guard.ts';
import type { Run } from './run.ts';

/** What ended a fault before its time: a guard, a person in this bot, a failure, or somebody elsewhere, as in Azure's portal. */
export type EndedBy = 'guard' | 'person' | 'failure' | 'elsewhere';

/** Returns what ended the fault of a run before its time; undefined where it ran to its end, as far as that is known. */
export function findEndedBy(run: Run): EndedBy | undefined {
  const { trip, execution } = run;
  if (trip && !findFutileTrip(run)) return 'guard';
  const askedAt = findAskedAt(run);
  if (askedAt !== undefined && !isTooLate(run, askedAt)) return 'person';
  if (findFailure(run) || execution?.state === 'failed') return 'failure';
  return execution?.state === 'cancelled' ? 'elsewhere' : undefined;
}

/** A fault that ended before its time, ms: how long it lasted, absent where it had not begun, and how long it should have. */
export type CutFault = {
  readonly by: EndedBy;
  readonly lastedMs?: number;
  readonly askedMs: number;
};

/** Returns what cut the fault of a run short; undefined where nothing did. A rehearsal has no fault. */
export function findCutFault(run: Run): CutFault | undefined {
  const by = findEndedBy(run);
  if (by === undefined || run.proposal.rehearsal) return undefined;
  const span = toFaultSpan(run);
  return {
    by,
    ...(span ? { lastedMs: span.until - span.from } : {}),
    askedMs: run.proposal.fault.durationMs,
  };
}

/** Returns when a fault lasted, from its first trace until it was confirmed gone; undefined where it had not begun. */
export function toFaultSpan({ observed, faultActiveAt, faultEndedAt, end }: Run) {
  const from = observed?.measurement.startedAt ?? faultActiveAt;
  const until = faultEndedAt ?? end?.at;
  return from === undefined || until === undefined ? undefined : { from, until };
}

/**
 * Returns when the end of the fault was asked for because somebody said stop. Of a stop that was recorded late, the journal does not have the answer of Azure, and
 * a request that Azure did not answer may have ended the fault.
 */
function findAskedAt(run: Run): number | undefined {
  const { stop, cancelRequestedAt } = run;
  if (!stop) return undefined;
  return stop.recordedLate || wasHeardUnanswered(run) ? stop.at : cancelRequestedAt;
}

/** Whether a request that Azure did not answer may have ended the fault: its execution was cancelled. */
function wasHeardUnanswered({ refusedCancel, cancelHeardBefore, execution }: Asked): boolean {
  if (execution?.state !== 'cancelled') return false;
  return (
    cancelHeardBefore === true || (refusedCancel !== undefined && mayHaveBeenHeard(refusedCancel))
  );
}

type Asked = Pick<Run, 'cancelRequestedAt' | 'cancelHeardBefore' | 'execution'> & {
  readonly refusedCancel?: RefusedCancel | undefined;
};

/** Whether the end of the fault was asked for: Azure may have heard it, or somebody cancelled there what it would not end for this bot, as people were told to. */
export function wasAskedToEnd(run: Asked): boolean {
  const { cancelRequestedAt, refusedCancel, cancelHeardBefore, execution } = run;
  if (cancelRequestedAt !== undefined) return true;
  return execution?.state === 'cancelled' && (refusedCancel ?? cancelHeardBefore) !== undefined;
}

/** A smaller difference between Azure's clock and the bot's is not noticed. */
const clockErrorMs = 2_000;

/** Whether a fault was over before its end was asked for: it ran to its end by its own record, or had stopped. */
function isTooLate({ execution, faultEndedAt = Infinity }: Run, askedAt: number): boolean {
  const isOver = askedAt - (execution?.stoppedAt ?? Infinity) > clockErrorMs;
  return isOver || (execution?.state === 'succeeded' && askedAt > faultEndedAt);
}

/** Returns why a phase could not go on; undefined also where the fault was over when its end was asked for because of that, so that it lacks nothing. */
export function findFailure(run: Run): Run['failure'] {
  const { failure } = run;
  const { askedAt } = failure ?? {};
  return askedAt !== undefined && isTooLate(run, askedAt) ? undefined : failure;
}

/** A guard that tripped and ended nothing: the fault was over by then, or Azure accepted no request to end it, or was asked only when it was over. */
export type FutileTrip = { readonly trip: DatedTrip; readonly why: 'late' | Unended };

/** Why a fault was not ended: Azure refused, or accepted no request in time as far as the journal has it, as when the bot was killed. */
export type Unended = 'refused' | 'unaccepted';

/** Returns the guard that tripped without ending the fault; undefined where none did. */
export function findFutileTrip(run: Run): FutileTrip | undefined {
  const { trip, lateTrip } = run;
  if (lateTrip) return { trip: lateTrip, why: 'late' };
  if (!trip) return undefined;
  if (isTooLate(run, trip.at)) return { trip, why: 'late' };
  const why = findUnended(run);
  return why && { trip, why };
}

/** Returns why a fault was not ended though that was asked for: it ran its time, or somebody cancelled in Azure what Azure would not end; undefined where it was. */
export function findUnended(run: Run): Unended | undefined {
  if (!isUnended(run)) return undefined;
  return wasRefused(run) ? 'refused' : 'unaccepted';
}

function isUnended(run: Run): boolean {
  const { execution, trip, failure, proposal } = run;
  if (proposal.rehearsal || isEndAccepted(run)) return false;
  const wantedAt = Math.min(trip?.at ?? Infinity, failure?.askedAt ?? Infinity);
  const isWanted = wantedAt < Infinity && !isTooLate(run, wantedAt);
  if (execution?.state === 'cancelled')
    return isStopRefused(run) || (isWanted && wasRefused(run) && !wasHeardUnanswered(run));
  return execution?.state === 'succeeded' && (isStopRefused(run) || isWanted);
}

const wasRefused = ({ refusedCancel, wasCancelRefused }: Run) =>
  refusedCancel !== undefined || wasCancelRefused === true;

/** Whether Azure refused to end a fault for a person. When its execution is over, nothing is left to refuse, though pods may carry the fault for some seconds. */
function isStopRefused(run: Run): boolean {
  const { stop, execution, faultEndedAt = Infinity } = run;
  if (!stop || stop.recordedLate || !wasRefused(run) || wasHeardUnanswered(run)) return false;
  return stop.at <= Math.min(faultEndedAt, execution?.stoppedAt ?? Infinity);
}

/** Whether Azure accepted a request to end the fault in time: it accepts to end what is over, as well. */
function isEndAccepted(run: Run): boolean {
  const { cancelRequestedAt } = run;
  return cancelRequestedAt !== undefined && !isTooLate(run, cancelRequestedAt);
}

/** Says who asked in vain for the end of the fault, and why it was in vain; undefined where nobody did. */
export function describeFutileEnd(run: Run): string | undefined {
  const futile = findFutileTrip(run);
  if (futile?.why === 'late')
    return `${isCarriedStill(run, futile.trip) ? carriedTripIntro : lateTripIntro}: ${futile.trip.reason}.`;
  if (futile) return `A guard tripped, but ${printNotEnded(run)}: ${futile.trip.reason}.`;
  if (!findUnended(run)) return undefined;
  return `${run.stop ? 'The run was stopped' : 'The bot gave up'}, but ${printNotEnded(run)}.`;
}

function printNotEnded(run: Run): string {
  if (findUnended(run) === 'unaccepted')
    return 'Azure accepted no request to end the fault in time, and it ran its whole time';
  const refused = 'Azure did not accept to end the fault';
  return run.execution?.state === 'cancelled'
    ? `${refused}, and somebody cancelled its execution there`
    : `${refused}, which ran its whole time`;
}

/** Whether pods still carried the fault when a guard tripped that came too late for its execution. */
export function isCarriedStill({ faultEndedAt }: Run, trip: DatedTrip): boolean {
  return faultEndedAt !== undefined && trip.at <= faultEndedAt;
}

const carriedTripIntro =
  'The condition of a guard was met only after the execution of the fault was over, while pods still carried it';

export const lateTripIntro =
  'The condition of a guard was met by what became known only after the fault had ended';

/** Whether a fault hit pods only when its execution was said to be over. A hit may be seen later than it happened. */
export function hitLate({ faultSeen, faultEndedAt = Infinity, observed }: Run): boolean {
  if (observed || !faultSeen) return false;
  const { at, unseenSince = at, endedAt = at } = faultSeen;
  return Math.min(at, unseenSince, endedAt) > faultEndedAt;
}
