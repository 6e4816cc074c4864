import { findEndedBy } from '../../domain/ended-early.ts';
import type { RunEvent } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import type { AskedStop } from '../active-runs.ts';

/** A stop that is recorded within this time counts as recorded when it was said. */
const promptMs = 2_000;

/** Returns the journal entry of a stop that is recorded `now`; it has the time of the stop where that is not the time of the entry. */
export function toStopRequested(
  asked: AskedStop,
  now: number,
): Extract<RunEvent, { type: 'stop-requested' }> {
  return { type: 'stop-requested', ...toSaid(asked, now) };
}

/** Returns the journal entry of a stop of a run whose fault is gone already; none where the person has said so before, or the run was stopped. */
export function toStopCameLate(run: Run, asked: AskedStop, now: number): readonly RunEvent[] {
  if (run.phase !== 'recover' || run.stop || run.lateStop?.by.id === asked.by.id) return [];
  return [{ type: 'stop-came-late', ...toSaid(asked, now) }];
}

/**
 * Returns the journal entry of a stop of a run whose fault is over. One that was said before, and whose cancel is the only thing that can have ended the fault, was only
 * written down late: another process conducts the run.
 */
export function toStopInRecovery(run: Run, asked: AskedStop, now: number): readonly RunEvent[] {
  const { stop, faultEndedAt = Number.NEGATIVE_INFINITY } = run;
  const hasEndedIt = !stop && asked.at <= faultEndedAt && findEndedBy(run) === 'elsewhere';
  return hasEndedIt
    ? [toStopRequested({ ...asked, isBlind: true }, now)]
    : toStopCameLate(run, asked, now);
}

function toSaid({ by, via, at, isBlind }: AskedStop, now: number) {
  const isLate = isBlind === true || now - at > promptMs;
  // By a clock that was set back since, it would come after its own record.
  return { by, via, ...(isLate ? { saidAt: Math.min(at, now) } : {}) };
}
