import type { AuditReport } from '../../domain/audit.ts';
import type { Freeze } from '../../domain/freeze.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Claim } from './claim-store.ts';
import type { RunEntry, RunEvent } from '../../domain/run-event.ts';
import type { Phase, Run } from '../../domain/run.ts';
import type { Charge } from '../../domain/spending.ts';

export type RunFilter = {
  readonly phases?: readonly Phase[];
  readonly conversationId?: string;
  /** Only runs proposed at or after this time, ms since the epoch. */
  readonly since?: number;
  /** Only runs proposed before this time, ms since the epoch. */
  readonly before?: number;
  /** Only runs that have ended at or after this time, ms since the epoch. */
  readonly endedSince?: number;
  /** So many of the newest are left out. */
  readonly offset?: number;
  readonly limit?: number;
};

/**
 * Runs and their journal. Every write is one transaction: the entries, the projection and the job.
 * Rejects with ChaosError `store-unavailable` when the database cannot be reached.
 */
export interface RunStore {
  /** Writes the first entry of a run; undefined when there is a run of that id already. */
  create(runId: RunId, event: Extract<RunEvent, { type: 'proposed' }>): Promise<Run | undefined>;
  /**
   * Reads the run, lets `decide` say which events follow, and commits them with the projection and, when `conduct` is set, the
   * job that conducts the run. Serialised for each run: of two calls at once the second sees what the first committed.
   * Rejects with `run-not-found`, and with `claim-lost` where a conductor's claim is given that is not the newest: then nothing is written.
   */
  transact<Outcome>(
    runId: RunId,
    decide: Decide<Outcome>,
    claim?: Claim,
  ): Promise<{ run: Run; outcome: Outcome }>;
  find(runId: RunId): Promise<Run | undefined>;
  /** Newest first. */
  list(filter?: RunFilter): Promise<readonly Run[]>;
  /** How many runs there are, without reading them. */
  count(filter: Pick<RunFilter, 'conversationId'>): Promise<number>;
  /** Oldest first. */
  journal(runId: RunId): Promise<readonly JournalEntry[]>;
  /** What runs of a service have spent, of those that ended after a time. */
  charges(filter: ChargeFilter): Promise<readonly Charge[]>;
  /** Whether the journal is what was written. */
  verify(asked?: Verifying): Promise<AuditReport>;
}

/** A service, and a time in ms since the epoch. */
export type ChargeFilter = {
  readonly cluster: string;
  readonly service: string;
  readonly since: number;
};

export type Verifying = {
  /** What was verified before may be left out where the journal is long. */
  readonly resume?: boolean;
  /** A run that is verified whole all the same. */
  readonly runId?: RunId;
};

/** An entry as it stands in the journal, with the hash that the next one is chained to. */
export type JournalEntry = RunEntry & { readonly hash: string };

/** Says which events follow in the run as it is now. Pure: it may be called again when a transaction is retried. */
export type Decide<Outcome> = (
  run: Run,
  state: StoreState,
) => { events: readonly RunEvent[]; conduct?: boolean; outcome: Outcome };

/** What a decision may depend on beside its own run, read in the same transaction. */
export type StoreState = {
  readonly now: number;
  /** Other runs that are approved and not ended. */
  readonly activeRuns: readonly Run[];
  /** The freeze in force. */
  readonly freeze?: Freeze;
};
