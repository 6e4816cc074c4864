import { requireIntact } from '../domain/alteration.ts';
import { findRefusal, isApproved, type Refusal } from '../domain/approval.ts';
import type { Standing } from '../domain/approval-rule.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import type { Person } from '../domain/person.ts';
import { requireBudget } from './check-budget.ts';
import { requireConditions, type ConditionDeps } from './check-conditions.ts';
import { findStanding, type StandingDeps } from './find-standing.ts';
import { requireDecider, type EntitleDeps } from './entitle.ts';
import type { Decide, StoreState } from './ports/run-store.ts';
import { record, type RecordDeps } from './record.ts';
import type { DecideOutcome, DecideRequest } from './use-cases.ts';

export type DecideDeps = RecordDeps & StandingDeps & ConditionDeps & EntitleDeps;

/**
 * Records an approval or a rejection. The rule is applied to the run as it is inside the transaction that also writes the journal entry and
 * the job, so of two clicks at once one decides and the other is told so.
 */
export async function decideApproval(
  request: DecideRequest,
  deps: DecideDeps,
): Promise<DecideOutcome> {
  const run = await deps.runs.find(request.runId);
  if (run && request.decision === 'approve') requireIntact(run);
  const standing = await askStanding(request.by, run, deps);
  if (run) await requireDecider(run, standing, deps);
  if (run && request.decision === 'approve')
    await requireMet(run, { ...request, ...standing }, deps);
  const decision = toDecision({ ...request, ...standing });
  const { run: decided, outcome } = await record(request.runId, decision, deps);
  return outcome === undefined ? { run: decided } : { run: decided, refusal: outcome };
}

/** Asked at the click and outside of the transaction. Rejects when it cannot be told: then nobody gets in. */
function askStanding(by: Person, run: Run | undefined, deps: DecideDeps): Promise<Standing> {
  const { roles } = run?.proposal.approvalRule ?? { roles: [] };
  return findStanding(by, { roles, ...(run ? { origin: run.origin } : {}) }, deps);
}

/** Whoever may not approve is told that and nothing else, so the conditions are asked after. Rejects with `policy-refused` where one is not met. */
async function requireMet(run: Run, decision: Decision, deps: DecideDeps): Promise<void> {
  if (findRefusal(run, { ...decision, at: deps.clock.now() })) return;
  const { conditions, cluster } = run.proposal;
  await requireConditions({ conditions, cluster: cluster.name }, deps);
  await requireBudget(run.proposal, deps);
}

type Decision = DecideRequest & Standing;

function toDecision(request: Decision): Decide<Refusal | undefined> {
  return (run, state) => {
    const refusal =
      findRefusal(run, { ...request, at: state.now }) ?? findConflict(request, run, state);
    if (refusal === 'expired') return { events: toExpiry(run), outcome: refusal };
    if (refusal) return { events: [], outcome: refusal };
    const isLast = isLastApproval(request, run, state.now);
    return {
      events: [...toEvents(request), ...(isLast ? toQueued(run, state) : [])],
      conduct: isLast,
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
  const isRefused = run.proposal.conditions.whenBusy === 'refuse';
  return isRefused && findOnCluster(run, activeRuns) ? 'run-active' : undefined;
}

function findOnCluster({ proposal }: Run, activeRuns: readonly Run[]): Run | undefined {
  return activeRuns.find((other) => other.proposal.cluster.name === proposal.cluster.name);
}

/** Where the cluster is busy, an approved run waits for its turn. */
function toQueued(run: Run, { activeRuns }: StoreState): RunEvent[] {
  const other = findOnCluster(run, activeRuns);
  return other ? [{ type: 'queued', behind: other.id }] : [];
}

function toEvents(request: Decision): RunEvent[] {
  const { by, via, decision, reason } = request;
  if (decision === 'approve') return [{ type: 'approved', ...toApproved(request) }];
  const why = reason ? `Rejected: ${reason}` : 'Rejected.';
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
