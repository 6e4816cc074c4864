import type { ApprovalRule } from './approval-rule.ts';
import type { Calendar } from './calendar.ts';
import { toCanonicalJson } from './canonical-json.ts';
import type { Cluster, ScoringService } from './catalogue.ts';
import type { DisruptionBudget } from './disruption-budget.ts';
import type { PodFault } from './fault.ts';
import type { Guard } from './guard.ts';
import type { Conditions } from './conditions.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { Limits } from './limits.ts';
import type { Digest } from './ids.ts';
import { rename, type Person, type ToName } from './person.ts';

/** A pod that the fault may hit, as it was when the proposal was made. */
export type BlastRadiusPod = {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ready: boolean;
  /** The images that run, by digest where the cluster tells it. */
  readonly imageIds: readonly string[];
};

/** Which pods match, how many of them are ready, and how many will be hit. */
export type BlastRadius = {
  readonly readAt: number;
  readonly pods: readonly BlastRadiusPod[];
  readonly ready: number;
  readonly hit: { readonly least: number; readonly most: number };
  /** The disruption budgets that cover any of the pods; absent from runs that were proposed before they were read. */
  readonly budgets?: readonly DisruptionBudget[];
  /** What an approver should know: no readiness probe, every pod hit, ... */
  readonly warnings: readonly string[];
};

/** Exactly what is approved, and exactly what will run. Frozen when it is proposed. */
export type Proposal = {
  readonly experiment: string;
  readonly title: string;
  readonly cluster: Cluster;
  readonly service: ScoringService;
  readonly fault: PodFault;
  readonly hypothesis: Hypothesis;
  readonly guards: readonly Guard[];
  readonly baselineMs: number;
  readonly recoveryLimitMs: number;
  readonly blastRadius: BlastRadius;
  readonly approvalRule: ApprovalRule;
  readonly limits: Limits;
  /** Absent: at any time. */
  readonly calendar?: Calendar;
  /** What earlier runs had spent of the service's error budget by then; absent when it has no objective. */
  readonly budgetSpentMs?: number;
  readonly conditions: Conditions;
  /** Why calendar and conditions were set aside, for approvals of a rule of their own. */
  readonly breakGlass?: string;
  /** Azure had no such experiment yet when this was proposed: its system-assigned identity has no roles. */
  readonly identityMissing?: true;
  /** Everything is played, and nothing is injected. */
  readonly rehearsal?: true;
  readonly proposer: Person;
  readonly proposedAt: number;
  readonly expiresAt: number;
};

/** Hashes a text with SHA-256 and prints it as lower-case hexadecimal digits. */
export type Sha256 = (text: string) => string;

/**
 * The digest that an approval is bound to: it covers every field of the proposal but people's names. Rights follow ids, and a name can be erased later without
 * making the digest wrong.
 */
export function toDigest(proposal: Proposal, sha256: Sha256): Digest {
  return sha256(toCanonicalJson(mapProposalNames(proposal, () => ''))) as Digest;
}

/** The proposal with the names of its proposer and of those who may approve it changed. */
export function mapProposalNames(proposal: Proposal, toName: ToName): Proposal {
  const { approvalRule, proposer } = proposal;
  const roles = approvalRule.roles.map((role) => ({
    ...role,
    people: role.people.map((person) => rename(person, toName)),
  }));
  return {
    ...proposal,
    approvalRule: { ...approvalRule, roles },
    proposer: rename(proposer, toName),
  };
}

/** The part of a digest that is shown on cards and in reports. */
export function printDigest(digest: Digest): string {
  return digest.slice(0, 12);
}
