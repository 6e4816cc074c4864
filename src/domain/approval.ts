import type { Digest } from './ids.ts';
import type { Person } from './person.ts';
import type { Run } from './run.ts';

declare const approved: unique symbol;

/** A run whose approval of exactly its digest is recorded. Only `toApprovedRun` makes one; only this can be started. */
export type ApprovedRun = Run & {
  readonly [approved]: true;
  readonly approval: NonNullable<Run['approval']>;
};

/** The run as approved; undefined when no approval of its digest is recorded or its own proposer gave it. */
export function toApprovedRun(run: Run): ApprovedRun | undefined {
  const { approval, digest, proposal } = run;
  if (!approval || approval.digest !== digest || approval.by.id === proposal.proposer.id)
    return undefined;
  return run as ApprovedRun;
}

/** Why a click does not decide. */
export type Refusal =
  'not-approver' | 'self-approval' | 'expired' | 'other-digest' | 'already-decided' | 'run-active';

export type DecisionRequest = {
  readonly by: Person;
  readonly digest: Digest;
  readonly at: number;
};

/** Whether this person may decide this proposal now: undefined, or why not. The tenant must be the proposer's. */
export function findRefusal(run: Run, { by, digest, at }: DecisionRequest): Refusal | undefined {
  const { proposal } = run;
  if (run.phase !== 'proposed' || run.rejection) return 'already-decided';
  if (digest !== run.digest) return 'other-digest';
  if (at >= proposal.expiresAt) return 'expired';
  if (by.id === proposal.proposer.id) return 'self-approval';
  if (
    !proposal.approvers.some(({ id }) => id === by.id) ||
    by.tenantId !== proposal.proposer.tenantId
  )
    return 'not-approver';
  return undefined;
}
