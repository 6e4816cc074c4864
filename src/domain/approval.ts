import { findMissing, findRoles, type Standing } from './approval-rule.ts';
import { findClosed } from './calendar.ts';
import type { Digest } from './ids.ts';
import type { Proposal } from './proposal.ts';
import type { Via } from './run-event.ts';
import type { Run } from './run.ts';

declare const approved: unique symbol;

/** One person's recorded approval of a digest. */
export type Approval = Standing & {
  readonly at: number;
  readonly digest: Digest;
  readonly via: Via;
};

/** A run whose approval of exactly its digest is recorded. Only `toApprovedRun` makes one; only this can be started. */
export type ApprovedRun = Run & { readonly [approved]: true };

/** The run as approved; undefined when the recorded approvals of its digest are not what its rule asks for, or its record was altered. */
export function toApprovedRun(run: Run): ApprovedRun | undefined {
  if (run.alteration) return undefined;
  return isApproved(run, run.approvals) ? (run as ApprovedRun) : undefined;
}

/** Whether these approvals are enough: of this digest, by people other than the proposer, of the same tenant, as many and of the roles that the rule asks for. */
export function isApproved(
  { proposal, digest }: { readonly proposal: Proposal; readonly digest: Digest },
  approvals: readonly Approval[],
): boolean {
  const counting = approvals.filter(
    (approval) =>
      approval.digest === digest &&
      approval.by.id !== proposal.proposer.id &&
      approval.by.tenantId === proposal.proposer.tenantId &&
      findRoles(proposal.approvalRule, approval).length > 0,
  );
  return findMissing(proposal.approvalRule, counting) === undefined;
}

/** Why a click does not decide. */
export type Refusal =
  | 'not-approver'
  | 'self-approval'
  | 'expired'
  | 'other-digest'
  | 'already-decided'
  | 'already-approved'
  | 'run-active'
  | 'frozen'
  | 'closed';

export type DecisionRequest = Standing & {
  readonly digest: Digest;
  readonly decision: 'approve' | 'reject';
  readonly at: number;
};

/** Whether this person may decide this proposal now: undefined, or why not. The tenant must be the proposer's. */
export function findRefusal(run: Run, request: DecisionRequest): Refusal | undefined {
  const { proposal } = run;
  const { by, digest, at } = request;
  if (run.phase !== 'proposed' || run.rejection) return 'already-decided';
  if (digest !== run.digest) return 'other-digest';
  if (at >= proposal.expiresAt) return 'expired';
  if (by.id === proposal.proposer.id) return 'self-approval';
  if (by.tenantId !== proposal.proposer.tenantId) return 'not-approver';
  if (findRoles(proposal.approvalRule, request).length === 0) return 'not-approver';
  if (request.decision === 'approve' && proposal.calendar && findClosed(proposal.calendar, at))
    return 'closed';
  const isAgain = run.approvals.some((approval) => approval.by.id === by.id);
  return isAgain && request.decision === 'approve' ? 'already-approved' : undefined;
}

/** Whether the approval is so old that the run may not begin any more. */
export function isApprovalStale(run: Run, now: number): boolean {
  const last = run.approvals.at(-1);
  return last === undefined || now > last.at + run.proposal.approvalRule.startWithinMs;
}

/** A baseline says how the service is for so long; checks and preparation before a start take seconds. */
const baselineGoodForMs = 300_000;

/** Whether the fault may not start any more: the baseline, or the approval of a run that has begun, is too old. A process that was away may come back hours later. */
export function isStartStale(run: Run, now: number): boolean {
  const measuredUntil = run.baseline?.measurement.endedAt ?? now;
  const begunBy = now - run.proposal.baselineMs - baselineGoodForMs;
  return now > measuredUntil + baselineGoodForMs || isApprovalStale(run, begunBy);
}
