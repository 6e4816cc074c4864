import { findRefusal, type Refusal } from '../domain/approval.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { isActive, type Run } from '../domain/run.ts';
import type { Decide, StoreState } from './ports.ts';
import { record, type RecordDeps } from './record.ts';
import type { DecideOutcome, DecideRequest } from './use-cases.ts';

/**
 * Records an approval or a rejection. The rule is applied to the run as it is inside the transaction that also writes the journal entry and
 * the job, so of two clicks at once one decides and the other is told so.
 */
export async function decideApproval(
  request: DecideRequest,
  deps: RecordDeps,
): Promise<DecideOutcome> {
  const { run, outcome } = await record(request.runId, toDecision(request), deps);
  return outcome === undefined ? { run } : { run, refusal: outcome };
}

function toDecision(request: DecideRequest): Decide<Refusal | undefined> {
  return (run, state) => {
    const refusal =
      findRefusal(run, { ...request, at: state.now }) ?? findConflict(request, run, state);
    if (refusal === 'expired') return { events: toExpiry(run), outcome: refusal };
    if (refusal) return { events: [], outcome: refusal };
    return {
      events: toEvents(request),
      conduct: request.decision === 'approve',
      outcome: undefined,
    };
  };
}

function findConflict(
  request: DecideRequest,
  run: Run,
  { activeRuns }: StoreState,
): Refusal | undefined {
  if (request.decision === 'reject') return undefined;
  const { cluster } = run.proposal;
  const busy = activeRuns.some(
    (other) => isActive(other) && other.proposal.cluster.name === cluster.name,
  );
  return busy ? 'run-active' : undefined;
}

function toEvents({ by, via, digest, decision, reason }: DecideRequest): RunEvent[] {
  if (decision === 'approve') return [{ type: 'approved', by, digest, via }];
  const why = reason ? `${by.name} rejected it: ${reason}` : `${by.name} rejected it.`;
  return [
    { type: 'rejected', by, via, ...(reason ? { reason } : {}) },
    { type: 'ended', ending: 'rejected', verdict: null, why },
  ];
}

/** The events that end a proposal nobody approved in time. */
export function toExpiry(run: Run): RunEvent[] {
  if (run.phase !== 'proposed') return [];
  const why = 'Nobody approved it in time.';
  return [{ type: 'expired' }, { type: 'ended', ending: 'expired', verdict: null, why }];
}
