import type { ExperimentTemplate } from '../domain/catalogue.ts';
import type { Refusal } from '../domain/approval.ts';
import type { RunParameters } from '../domain/command.ts';
import type { HealthReport } from '../domain/health.ts';
import type { AuditReport } from '../domain/audit.ts';
import type { Freeze, Puller } from '../domain/freeze.ts';
import type { Digest, RunId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Origin, RunEntry, Via } from '../domain/run-event.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import type { PageRequest, RunPage } from '../domain/run-page.ts';
import type { StopOutcome } from '../domain/stop-outcome.ts';
import type { Progress } from '../domain/progress.ts';
import type { ExperimentIdentity } from './ports/fault-gateway.ts';
import type { JournalEntry } from './ports/run-store.ts';

/** What a chat adapter can ask of the product. Everything rejects with ChaosError and nothing else. */
export interface UseCases {
  /**
   * Freezes a proposal with the blast radius read from the cluster now. Nothing is injected. The same request again (by the origin's `requestKey`) gives
   * the run that it made.
   */
  propose(request: ProposeRequest): Promise<Run>;
  /** What would be proposed, with the blast radius read from the cluster now. Nothing is recorded. */
  preview(request: DraftRequest): Promise<Proposal>;
  /** The same, with what would be asked of Azure. */
  dryRun(request: DraftRequest): Promise<DryRun>;
  /** Records an approval or a rejection, or says why this click does not decide. */
  decide(request: DecideRequest): Promise<DecideOutcome>;
  /** Ends runs, whatever their state: a fault is cancelled at once, a proposal that is named is withdrawn. */
  stop(request: StopRequest): Promise<StopOutcome>;
  /** Stops every run and lets nothing be approved or started until somebody entitled unfreezes. */
  freeze(request: FreezeRequest): Promise<FreezeOutcome>;
  /** Rejects with `not-entitled`; undefined when nothing was frozen. */
  unfreeze(request: { by: Person; origin: Origin }): Promise<Freeze | undefined>;
  /** Rejects with `run-not-found`, and like everything that reads with `not-entitled`. */
  find(request: { runId: RunId; by: Person }): Promise<RunView>;
  /** Runs that wait for approval or are conducted now; one run when it is named. */
  status(request: {
    runId?: RunId;
    by: Person;
    conversationId: string;
  }): Promise<readonly RunView[]>;
  /** A page of the runs of the conversation, newest first. */
  history(request: PageRequest & { by: Person; conversationId: string }): Promise<RunPage>;
  /** The ended runs to summarize, newest first: the named one, those of the span, or the last one. */
  summarize(request: SummarizeRequest): Promise<readonly Run[]>;
  /** Whether the journal is what was written; for one run, with its entries. */
  audit(request: { runId?: RunId; by: Person }): Promise<Audit>;
  /** The journal of a run with its hashes, oldest entry first, for whoever has a link to its report. Rejects with `run-not-found`. */
  journal(runId: RunId): Promise<readonly JournalEntry[]>;
  experiments(): readonly ExperimentTemplate[];
  /** Creates an experiment in Azure without a fault, for those who may propose it. Starts nothing. */
  prepare(request: PrepareRequest): Promise<ExperimentIdentity>;
  /** The names of the services that can be the target. */
  services(): readonly string[];
  health(): Promise<HealthReport>;
}

export type DraftRequest = {
  readonly experiment: string;
  readonly parameters: RunParameters;
  /** Everything is played, and nothing is injected. */
  readonly rehearsal?: true;
  readonly proposer: Person;
};

export type DryRun = {
  readonly proposal: Proposal;
  readonly experiment: { readonly name: string; readonly body: object };
};

export type ProposeRequest = DraftRequest & { readonly origin: Origin };

export type PrepareRequest = {
  readonly experiment: string;
  /** The target; the template's own when absent. */
  readonly service?: string;
  readonly by: Person;
};

export type DecideRequest = {
  readonly runId: RunId;
  readonly digest: Digest;
  readonly decision: 'approve' | 'reject';
  readonly by: Person;
  readonly reason?: string;
  readonly via: Via;
};

export type DecideOutcome = { readonly run: Run; readonly refusal?: Refusal };

export type StopRequest = {
  readonly by: Person;
  readonly via: Via;
  /** Without run ids and without `all`: every run of the conversation that may have a fault or is conducted. Proposals are left alone. */
  readonly runIds?: readonly RunId[];
  readonly all: boolean;
  /** With `all`: leaves those alone that wait for approval. */
  readonly keepProposals?: boolean;
  readonly conversationId: string;
};

export type FreezeRequest = {
  readonly by: Person | Puller;
  readonly reason?: string;
  readonly via: Via;
};

export type FreezeOutcome =
  | { readonly kind: 'frozen'; readonly freeze: Freeze; readonly stopped: StopOutcome }
  /** The database did not answer: everything was cancelled. `isKept`: the freeze is written to the bot's own disk, so it is recorded also after a restart. */
  | { readonly kind: 'not-recorded'; readonly isKept: boolean; readonly stopped: StopOutcome };

export type Audit = { readonly report: AuditReport; readonly entries?: readonly RunEntry[] };

export type SummarizeRequest = {
  readonly by: Person;
  readonly runId?: RunId;
  readonly span?: 'today' | '7d';
  readonly conversationId: string;
};

/** A run with what is seen of it at this moment, when this process conducts it, or with how many other runs are before it in line. */
export type RunView = { readonly run: Run; readonly progress?: Progress; readonly ahead?: number };
