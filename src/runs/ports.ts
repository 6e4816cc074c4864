import type { AuditReport } from '../domain/audit.ts';
import type { ApprovedRun } from '../domain/approval.ts';
import type { CancelOutcome, CancelRefusal } from '../domain/cancel-outcome.ts';
import type { Cluster, ScoringService } from '../domain/catalogue.ts';
import type { MatchedPods } from '../domain/blast-radius.ts';
import type { OutsideCheck } from '../domain/conditions.ts';
import type { AnchoredEntry } from '../domain/anchored-entry.ts';
import type { Proposal, Sha256 } from '../domain/proposal.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { ExecutionId, ObjectId, RunId } from '../domain/ids.ts';
import type { Metric, MetricMeasurement, MetricReading } from '../domain/metric.ts';
import type {
  NodeChange,
  PodChange,
  PodsView,
  PredictionMeasurement,
  SecondMeasurement,
} from '../domain/measurement.ts';
import type { Person } from '../domain/person.ts';
import type { ExecutionReport, Origin, RunEntry, RunEvent } from '../domain/run-event.ts';
import type { Progress } from '../domain/progress.ts';
import type { Phase, Run } from '../domain/run.ts';
import type { Sample } from '../domain/sample.ts';

/** Time as the use cases see it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `durationMs`, or at once when the signal aborts; never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** What makes ids and digests: `randomBytes` must be unpredictable. */
export interface Entropy {
  randomBytes(count: number): Uint8Array;
  readonly sha256: Sha256;
}

export type RunFilter = {
  readonly phases?: readonly Phase[];
  readonly conversationId?: string;
  /** Only runs proposed at or after this time, ms since the epoch. */
  readonly since?: number;
  /** Only runs proposed before this time, ms since the epoch. */
  readonly before?: number;
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
   * Rejects with `run-not-found`.
   */
  transact<Outcome>(runId: RunId, decide: Decide<Outcome>): Promise<{ run: Run; outcome: Outcome }>;
  find(runId: RunId): Promise<Run | undefined>;
  /** Newest first. */
  list(filter?: RunFilter): Promise<readonly Run[]>;
  /** Oldest first. */
  journal(runId: RunId): Promise<readonly JournalEntry[]>;
  /** Whether the journal is what was written. */
  verify(): Promise<AuditReport>;
}

/** The names of people, which are kept apart from the journal. Rejects with `store-unavailable`. */
export interface NameStore {
  /** Forgets all names of somebody, wherever they stood; gives how many. */
  erase(id: ObjectId): Promise<number>;
  /** Forgets the names that nothing was written under since; gives how many. */
  eraseUnused(since: number): Promise<number>;
}

/** An entry as it stands in the journal, with the hash that the next one is chained to. */
export type JournalEntry = RunEntry & { readonly hash: string };

/** The journal in the order in which it was written. Rejects with `store-unavailable`. */
export interface JournalSource {
  /** The entries at these places of the chain over all runs, both included. One that is not there is left out. */
  read(from: number, to: number): Promise<readonly AnchoredEntry[]>;
}

/** A copy of the journal out of reach of whoever owns the database: a text at each place, which stays. Rejects with `journal-copy-failed`. */
export interface JournalCopy {
  /** The places that have a text, ascending. */
  list(): Promise<readonly number[]>;
  read(place: number): Promise<string | undefined>;
  /** False when the place has a text already, which is left as it is. */
  create(place: number, text: string): Promise<boolean>;
}

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

/** Work that must survive a restart. Delivery is at least once; the worker is called again after a crash. */
export interface JobQueue {
  /** Starts taking jobs; `conduct` is called for one run at a time and for each run by one worker only. */
  work(conduct: (runId: RunId, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Stops taking jobs and waits for those in hand, at most `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/** What was measured so far in a phase, kept so that a restart goes on where it was. Replaced, not appended. */
export interface CheckpointStore {
  save(runId: RunId, checkpoint: Checkpoint): Promise<void>;
  find(runId: RunId): Promise<Checkpoint | undefined>;
}

export type Checkpoint = {
  readonly phase: Phase;
  readonly startedAt: number;
  readonly probe: ProbeState;
  readonly podChanges: readonly PodChange[];
  readonly nodeChanges?: readonly NodeChange[];
  readonly leastReady: number;
  /** Absent when the service has none. */
  readonly metrics?: readonly MetricMeasurement[];
  /** The seconds of all phases so far. */
  readonly seconds: readonly SecondMeasurement[];
};

/** Counts and histograms in the prober's own encoding, to be merged after a restart. */
export type ProbeState = Omit<PredictionMeasurement, 'latency' | 'schedule'> & {
  readonly latencyHistogram: string;
  readonly scheduleHistogram?: string;
  readonly missed?: number;
};

/** Gives a bearer token for a scope of Entra, and until when it is good, ms since the epoch. */
export type ReadToken = (scope: string) => Promise<{ token: string; expiresAt: number }>;

/** Which experiment on which cluster. */
export type ExperimentPlan = Pick<Proposal, 'experiment' | 'service' | 'cluster'>;

/** On whose behalf an experiment injects its fault, and what lets it. */
export type ExperimentIdentity = {
  readonly experimentName: string;
  readonly kind: 'system-assigned' | 'user-assigned';
  /** Whether the experiment was created or written by this request. */
  readonly created: boolean;
  /** Absent where Azure does not tell it yet. */
  readonly principalId?: string;
  /** The commands that give the identity its roles on the cluster. */
  readonly grants: readonly string[];
};

/** Injects faults. Azure Chaos Studio today; what it needs of a run it takes from the approved proposal and nothing else. */
export interface FaultGateway {
  /** What would be asked for to inject what is proposed: the experiment's name and the body that writes it. Nothing is sent. */
  describe(proposal: Proposal): { readonly name: string; readonly body: object };
  /** Whether the experiment, and with it its system-assigned identity, exists in Azure. Remembers an answer for a moment. */
  exists(plan: ExperimentPlan): Promise<boolean>;
  /**
   * Creates the experiment without any fault, so that its identity can be given roles before the first run. An experiment that exists with the
   * right identity is left alone. Starts nothing.
   */
  prepareIdentity(plan: ExperimentPlan & { readonly by: ObjectId }): Promise<ExperimentIdentity>;
  /** Creates or updates the experiment that the proposal describes; nothing is injected. Returns its resource name. */
  prepare(run: ApprovedRun): Promise<string>;
  /**
   * Asks for the start, once: an unclear answer is never retried, it rejects. Checks the approval of the digest again and rejects with `not-approved`
   * before anything leaves the process. Asks for nothing once `calledOff` is aborted.
   */
  start(
    run: ApprovedRun & { readonly experimentName: string },
    calledOff?: AbortSignal,
  ): Promise<ExecutionId | 'called-off'>;
  /** The execution that an earlier start of this run brought about, when its answer was lost; undefined when there is none. */
  findStarted(run: Run): Promise<ExecutionId | undefined>;
  read(run: Run, executionId: ExecutionId): Promise<ExecutionReport>;
  /**
   * Asks to end the experiment's running execution and remove its faults. Safe to call again and when nothing runs; repeats that come too soon are not sent.
   * `urgent`: a person asks.
   */
  cancel(run: Run, how?: { readonly urgent?: boolean }): Promise<CancelOutcome>;
  /** Where people end the fault of a run by hand. */
  portalUrl?(run: Run): string;
  /** Cancels everything that runs under this bot's experiments, knowing nothing but Azure. Returns the experiments' names. */
  cancelAll(): Promise<readonly string[]>;
  /** Rejects when the gateway cannot be used now. */
  check(): Promise<void>;
}

/** Knows who belongs to which group of the organisation's directory. */
export interface Membership {
  /**
   * Those of these groups that the person is in, also through other groups. Rejects with `membership-unknown` when it cannot be told; whoever asks
   * must let nobody in then.
   */
  memberOf(person: Person, groupIds: readonly ObjectId[]): Promise<readonly ObjectId[]>;
}

/** Asks what must be so outside of the bot. */
export interface OutsideChecks {
  /** What is not as it must be, in words; undefined when all is well. Never rejects: what cannot be asked is not well. */
  ask(check: OutsideCheck): Promise<string | undefined>;
}

/** Knows who is in a conversation. */
export interface Roster {
  /** Whether the person is a member of the conversation in which something was proposed. Rejects with `membership-unknown` when it cannot be told. */
  isMember(origin: Origin, person: Person): Promise<boolean>;
}

/** Gets into managed clusters with the identity of this process. Rejects with `cluster-forbidden`, `cluster-unauthorized` or `cluster-unreachable`. */
export interface ClusterAccess {
  /** The kubeconfig that is given out for the cluster: its address, its certificate authority, and how to sign in. */
  readKubeconfig(cluster: Cluster): Promise<string>;
  /** A token that a cluster takes, for the application that its kubeconfig names; renewed in time. */
  readToken(audience: string): Promise<string>;
}

/** Sees pods. */
export interface ClusterSight {
  /** The pods that a service's selector matches now, with the disruption budgets that cover them and what an approver should know. */
  readPods(service: ScoringService, cluster: Cluster): Promise<MatchedPods>;
  /**
   * Follows the service's pods until closed. Goes on through lost connections; the view's `confirmedAt` tells its age, which stays under `freshWithinMs` while
   * the cluster answers.
   */
  watch(service: ScoringService, cluster: Cluster, freshWithinMs: number): PodWatch;
  /**
   * Rejects when pods of these namespaces, or their disruption budgets, cannot be read now. Says what else cannot be for want of a permission that runs do
   * without, in sentences.
   */
  check(cluster: Cluster, namespaces: readonly string[]): Promise<readonly string[]>;
}

export interface PodWatch {
  view(): PodsView;
  /** Every change seen since the watch began, oldest first; also of who gets traffic, where that may be seen. */
  changes(): readonly PodChange[];
  /** What happened to the nodes that carry the pods, or did, oldest first; nothing where nodes may not be seen. */
  nodeChanges(): readonly NodeChange[];
  close(): Promise<void>;
}

/** Sends predictions on schedule and judges each answer. */
export interface PredictionProbe {
  /** Starts sending at the service's rate at once. `resumeFrom` merges what was counted before a restart. */
  start(service: ScoringService, options: ProbeOptions): ProbeSession;
  /** Sends one prediction; resolves to what came of it, never rejects. */
  probeOnce(service: ScoringService): Promise<PredictionMeasurement>;
}

export type ProbeOptions = {
  /** Latency bounds of the hypothesis: for each, good answers within it are counted. */
  readonly latencyLimitsMs: readonly number[];
  readonly resumeFrom?: ProbeState;
  /** Gets what came of each, when it is judged; must not throw or take time. */
  readonly onSample?: (sample: Omit<Sample, 'phase'>) => void;
};

/** Keeps single predictions, as far as there is room. Whoever measures never waits for it, and nothing that goes wrong here is an error of a run. */
export interface SampleStore {
  /** Goes on with the samples of a run, or begins with them. */
  open(runId: RunId): SampleWriter;
  /** What is kept of a run, in the order in which it was judged, some at a time; nothing where nothing is. */
  read(runId: RunId): AsyncIterable<readonly Sample[]>;
  /** The same as CSV with a header. */
  readCsv(runId: RunId): AsyncIterable<string>;
}

export interface SampleWriter {
  /** Never throws. */
  write(sample: Sample): void;
  /** Keeps what is still to be kept, for a moment at most; never rejects. */
  close(): Promise<void>;
}

export interface ProbeSession {
  /** Everything since the start (and what was resumed from). */
  total(): PredictionMeasurement;
  /** Predictions that ended within the last `windowMs`. */
  window(windowMs: number): { sent: number; good: number };
  /**
   * What came of the predictions that were due at or after `at`, which may lie at most 60 s back: lets the next phase begin
   * where the fault did, not where we noticed it.
   */
  since(at: number): ProbeState;
  /** Whole and partial seconds since the start of this session, oldest first. */
  seconds(): readonly SecondMeasurement[];
  /** When a prediction last ended, well or not; null when none did. */
  lastEndedAt(): number | null;
  state(): ProbeState;
  /** Sends no more, waits for those in flight (at most their time-out). */
  stop(): Promise<PredictionMeasurement>;
}

/** Reads numbers that tell of a service beside its predictions. */
export interface MetricProbe {
  /** Reads each metric of the service at once and then at its interval. `resumeFrom` is what was read before a restart. */
  start(service: ScoringService, resumeFrom?: readonly MetricMeasurement[]): MetricSession;
  /** Reads one of them once. */
  readOnce(service: ScoringService, metric: Metric): Promise<MetricReading>;
}

export interface MetricSession {
  /** What was read of each metric since the start (and what was resumed from). */
  measurements(): readonly MetricMeasurement[];
  /** What came of the last reading that has ended. */
  latest(name: string): MetricReading | undefined;
  stop(): void;
}

/** Freezes, recorded for good. Rejects with `store-unavailable`. */
export interface FreezeStore {
  current(): Promise<Freeze | undefined>;
  /** Commits a freeze, after which no decision is taken without seeing it; gives the one in force, which may be an earlier one. */
  freeze(asked: Freeze): Promise<Freeze>;
  /** Commits its end; gives what was in force. */
  unfreeze(lifting: Freeze): Promise<Freeze | undefined>;
}

/** Tells the conversation. Never rejects and never waits for delivery: a slow chat must not hold up a run. */
export interface Announcer {
  /** The run has changed: update its card, and post anew what people must notice. */
  runChanged(run: Run): void;
  /** New numbers for the live card; may be dropped in favour of newer ones. */
  progressed(run: Run, progress: Progress): void;
  /** Azure did not accept the request to end the fault: tell proposer and approvers in a post of its own, once. */
  cancelRefused(run: Run, refusal: CancelRefusal): void;
  /** Azure accepted it after it had refused. */
  cancelAccepted(run: Run): void;
  /** Somebody stopped the run whom chaos.yaml does not let: tell proposer and approvers, once. */
  stopDisallowed(run: Run): void;
  /** A proposal expires soon: say so to those who may still decide, once. */
  remind(run: Run): void;
  /** Every card shows from now on that everything is frozen, or no longer. */
  freezeChanged(freeze: Freeze | undefined): void;
}

/** Where the cards of runs are, so that they can be updated after a restart. Implemented by the store for the chat adapter. */
export interface MessageLedger {
  find(runId: RunId, role: MessageRole): Promise<DeliveredMessage | undefined>;
  save(runId: RunId, role: MessageRole, message: DeliveredMessage): Promise<void>;
  /** Runs proposed at or after `since` that wait or have ended and whose messages do not say so yet, oldest first. */
  undelivered(since: number): Promise<readonly Run[]>;
}

/** A message, and the version of the run that it shows. */
export type DeliveredMessage = { readonly activityId: string; readonly version: number };

export type MessageRole =
  'card' | 'summary' | 'notice' | 'reminder' | 'refusal' | 'acceptance' | 'disallowed';

/** What the use cases write of interest to an operator. Values of `fields` must not be secret. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
