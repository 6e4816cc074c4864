import type { RunId } from './ids.ts';

/** What is wrong with the journal, at the first place where something is. */
export type AuditProblem = {
  readonly runId?: RunId;
  /** The entry within its run, or the anchor when no run is named. */
  readonly sequence: number;
  readonly what: string;
};

/** A field of a run's row that is not what the run's journal folds to; both values as JSON, cut short. */
export type RowDifference = {
  readonly runId: RunId;
  readonly field: string;
  readonly journal: string;
  readonly row: string;
};

/** What became of verifying the journal. `head` is the hash of the newest anchor: written down elsewhere, it shows later that nothing was cut off. */
export type AuditReport = {
  readonly runs: number;
  readonly entries: number;
  /** How many freezes and unfreezes are recorded; absent when none is. */
  readonly freezes?: number;
  readonly head: string | null;
  readonly problem?: AuditProblem;
  /** Every field of every run's row that differs from the journal; absent when none does. */
  readonly differences?: readonly RowDifference[];
  /** When the whole journal was last verified, ms since the epoch, where only what was written since then was verified now. */
  readonly fullAt?: number;
  /** Where a copy is kept: how many entries it has, and where it first is not what the journal is. */
  readonly copy?: { readonly entries: number; readonly problem?: AuditProblem };
};
