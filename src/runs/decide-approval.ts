import { findRefusal, isApproved, type Refusal } from '../domain/approval.ts';
import type { Standing } from '../domain/approval-rule.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { isActive, type Run } from '../domain/run.ts';
import { findStanding, type StandingDeps } from './find-standing.ts';
import type { Decide, StoreState } from './ports.ts';
import { record, type RecordDeps } from './record.ts';
import type { DecideOutcome, DecideRequest } from './use-cases.ts';

export type DecideDeps = RecordDeps & StandingDeps;

/**
 * Records an approval or a rejection. The rule is applied to the run as it is inside the transaction that also writes the journal entry and
 * the job, so of two clicks at once one decides and the other is told so.
 */
export async function decideApproval(
  request: DecideRequest,
  deps: DecideDeps,
): Promise<DecideOutcome> {
  const standing = await askStanding(request, deps);
  const { run, outcome } = await record(
    request.runId,
    toDecision({ ...request, ...standing }),
    deps,
  );
  return outcome === undefined ? { run } : { run, refusal: outcome };
}

/** Asked at the click and outside of the transaction. Rejects when it cannot be told: then nobody gets in. */
async function askStanding({ runId, by }: DecideRequest, deps: DecideDeps): Promise<Standing> {
  const run = await deps.runs.find(runId);
  const { roles } = run?.proposal.approvalRule ?? { roles: [] };
  return findStanding(by, { roles, ...(run ? { origin: run.origin } : {}) }, deps);
}

type Decision = DecideRequest & Standing;

function toDecision(request: Decision): Decide<Refusal | undefined> {
  return (run, state) => {
    const refusal =
      findRefusal(run, { ...request, at: state.now }) ?? findConflict(request, run, state);
    if (refusal === 'expired') return { events: toExpiry(run), outcome: refusal };
    if (refusal) return { events: [], outcome: refusal };
    return {
      events: toEvents(request),
      conduct: isLastApproval(request, run, state.now),
      outcome: undefined,
    };
  };
}

/** Whether the rule asks for no more than this. */
function isLastApproval(decision: Decision, run: Run, at: number) {
  return (
    decision.decision === 'approve' &&
    isApproved(run, [...run.approvals, { ...toApproved(decision), at }])
  );
}

function toApproved({ by, memberOf, inChannel, digest, via }: Decision) {
  return { by, memberOf, ...(inChannel === undefined ? {} : { inChannel }), digest, via };
}

function findConflict(
  request: DecideRequest,
  run: Run,
  { activeRuns, freeze }: StoreState,
): Refusal | undefined {
  if (request.decision === 'reject') return undefined;
  if (freeze) return 'frozen';
  const { cluster } = run.proposal;
  const busy = activeRuns.some(
    (other) => isActive(other) && other.proposal.cluster.name === cluster.name,
  );
  return busy ? 'run-active' : undefined;
}

function toEvents(request: Decision): RunEvent[] {
  const { by, via, decision, reason } = request;
  if (decision === 'approve') return [{ type: 'approved', ...toApproved(request) }];
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
