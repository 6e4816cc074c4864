import type { CancelOutcome } from '../../domain/cancel-outcome.ts';
import type { RunId } from '../../domain/ids.ts';
import { needsCancel, type Run } from '../../domain/run.ts';
import { askToEndFault, type EndFaultDeps } from '../end-fault.ts';

/** The cancels of the runs that this process conducts, by run. */
export type Cancelling = ReadonlyMap<RunId, Promise<CancelOutcome>>;

/** How long an answer waits for what Azure says to a cancel. */
export const answerLimitMs = 2_000;

/** Asks Azure now, whatever was asked before: a person wants it. */
export function cancelNow(
  run: Run,
  deps: Pick<EndFaultDeps, 'faults' | 'log' | 'announcer'>,
): Promise<CancelOutcome> {
  if (!needsCancel(run)) return Promise.resolve({ kind: 'accepted' });
  return askToEndFault(run, deps, { urgent: true });
}
