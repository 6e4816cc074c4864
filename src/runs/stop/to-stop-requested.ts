import type { RunEvent } from '../../domain/run-event.ts';
import type { AskedStop } from '../active-runs.ts';

/** A stop that is recorded within this time counts as recorded when it was said. */
const promptMs = 2_000;

/** Returns the journal entry of a stop that is recorded `now`; it has the time of the stop where that is not the time of the entry. */
export function toStopRequested(
  { by, via, at, isBlind }: AskedStop,
  now: number,
): Extract<RunEvent, { type: 'stop-requested' }> {
  const isLate = isBlind === true || now - at > promptMs;
  // By a clock that was set back since, it would come after its own record.
  return { type: 'stop-requested', by, via, ...(isLate ? { saidAt: Math.min(at, now) } : {}) };
}
