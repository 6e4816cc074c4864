import type { RunId } from './ids.ts';

/** What is wrong with the journal, at the first place where something is. */
export type AuditProblem = {
  readonly runId?: RunId;
  /** The entry within its run, or the anchor when no run is named. */
  readonly sequence: number;
  readonly what: string;
};

/** What became of verifying the journal. `head` is the hash of the newest anchor: written down elsewhere, it shows later that nothing was cut off. */
export type AuditReport = {
  readonly runs: number;
  readonly entries: number;
  readonly head: string | null;
  readonly problem?: AuditProblem;
  /** Where a copy is kept: how many entries it has, and where it first is not what the journal is. */
  readonly copy?: { readonly entries: number; readonly problem?: AuditProblem };
};
