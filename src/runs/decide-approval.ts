import { findRefusal, isApproved, type Refusal } from '../domain/approval.ts';
import { listGroupIds, type Standing } from '../domain/approval-rule.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { isActive, type Run } from '../domain/run.ts';
import { findOverspending, type Overspending } from '../domain/spending.ts';
import { againstBudget } from './draft-proposal.ts';
import type { Clock, Decide, Membership, StoreState } from './ports.ts';
import { readEarlierRuns } from './read-earlier-runs.ts';
import { record, type RecordDeps } from './record.ts';
import type { DecideOutcome, DecideRequest } from './use-cases.ts';

export type DecideDeps = RecordDeps & { readonly membership: Membership; readonly clock: Clock };

/**
 * Records an approval or a rejection. The rule is applied to the run as it is inside the transaction that also writes the journal entry and
 * the job, so of two clicks at once one decides and the other is told so.
 */
export async function decideApproval(
  request: DecideRequest,
  deps: DecideDeps,
): Promise<DecideOutcome> {
  const memberOf = await findGroups(request, deps);
  const earlier = await findEarlier(request, deps);
  const decision = toDecision({ ...request, memberOf, earlier });
  const { run, outcome } = await record(request.runId, decision, deps);
  if (typeof outcome === 'object') throw againstBudget(outcome);
  return outcome === undefined ? { run } : { run, refusal: outcome };
}

/** Asks the directory where groups may approve, at the click and outside of the transaction. Rejects when it cannot be told: then nobody gets in. */
async function findGroups(
  { runId, by }: DecideRequest,
  { runs, membership }: DecideDeps,
): Promise<readonly ObjectId[]> {
  const run = await runs.find(runId);
  const groupIds = run ? listGroupIds(run.proposal.approvalRule) : [];
  return groupIds.length === 0 ? [] : membership.memberOf(by, groupIds);
}

/** Read before the transaction: a run that ends in between is found when this one asks for its start. */
async function findEarlier({ runId }: DecideRequest, deps: DecideDeps): Promise<readonly Run[]> {
  const run = await deps.runs.find(runId);
  return run?.phase === 'proposed' ? readEarlierRuns(run.proposal.service, deps) : [];
}

type Decision = DecideRequest & Pick<Standing, 'memberOf'> & { readonly earlier: readonly Run[] };

function toDecision(request: Decision): Decide<Refusal | Overspending | undefined> {
  return (run, state) => {
    const refusal =
      findRefusal(run, { ...request, at: state.now }) ??
      findConflict(request, run, state) ??
      findOverspent(request, run, state.now);
    if (refusal === 'expired') return { events: toExpiry(run), outcome: refusal };
    if (refusal) return { events: [], outcome: refusal };
    return {
      events: toEvents(request),
      conduct: isLastApproval(request, run, state.now),
      outcome: undefined,
    };
  };
}

function findOverspent({ decision, earlier: runs }: Decision, run: Run, now: number) {
  return decision === 'approve' ? findOverspending(run.proposal, { runs, now }) : undefined;
}

/** Whether the rule asks for no more than this. */
function isLastApproval({ decision, by, memberOf, digest, via }: Decision, run: Run, at: number) {
  return (
    decision === 'approve' && isApproved(run, [...run.approvals, { by, memberOf, digest, via, at }])
  );
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

function toEvents({ by, memberOf, via, digest, decision, reason }: Decision): RunEvent[] {
  if (decision === 'approve') return [{ type: 'approved', by, memberOf, digest, via }];
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
