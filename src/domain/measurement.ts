import type { MetricMeasurement } from './metric.ts';
import type { SightProblem } from './sight-problem.ts';

/** Why a prediction was not good. Kept apart because each points to another cause. */
export const failureKinds = [
  'refused',
  'reset',
  'timeout',
  'overloaded',
  'client-error',
  'server-error',
  'malformed',
  'wrong',
  // Numbers where numbers are expected, outside the tolerance: the model works and has changed.
  'drifted',
  // Answered by another version of the model than expected.
  'stale',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export type FailureCounts = Readonly<Partial<Record<FailureKind, number>>>;

/** Why a due prediction says nothing about the service: the cause lies with the machine that measures. */
export const unmeasuredReasons = [
  // This machine could not send it in time.
  'sent-late',
  // The process stood still while it was due or in flight, so its outcome would be ours.
  'paused',
  // This machine had no port, file or memory left for a connection, or did not know where the name of the service leads.
  'no-connection',
  'no-token',
  // The bot was away.
  'restart',
] as const;
export type UnmeasuredReason = (typeof unmeasuredReasons)[number];

export type UnmeasuredCounts = Readonly<Partial<Record<UnmeasuredReason, number>>>;

/** A span in which predictions were due and none was measured. Times are ms since the epoch. */
export type Gap = {
  readonly from: number;
  readonly until: number;
  /** How many predictions were due in it. */
  readonly due: number;
  readonly reason: UnmeasuredReason;
};

/** What the prober saw in a span of time. A prediction is good when it came in time, with the right status and the right answer. */
export type PredictionMeasurement = {
  /** How many were measured: sent in time, and answered or given up. */
  readonly sent: number;
  readonly good: number;
  /** How many were due but not measured, by cause; absent when all were. */
  readonly unmeasured?: UnmeasuredCounts;
  /** When they were due; absent when there is no gap. */
  readonly gaps?: readonly Gap[];
  /**
   * How often a failed prediction followed a good one, or was the first, in order of due time: what a run-count interval is made from. Absent in
   * journals from before it was counted.
   */
  readonly lossRuns?: number;
  /** The same among answered predictions, for those with a wrong answer. */
  readonly wrongRuns?: number;
  readonly failures: FailureCounts;
  /** Latency of good predictions from when they were sent; null when there was none. */
  readonly latency: LatencyQuantiles | null;
  /** For each latency bound of the hypothesis: how many good predictions kept it. */
  readonly within: readonly WithinLimit[];
  /** How well the sending kept its schedule. Absent, as all below, in journals from before it was measured. */
  readonly schedule?: ScheduleMeasurement;
  /** A connection that is kept stays with one pod; a fresh one sees every pod, and what it costs to connect. */
  readonly connections?: { readonly fresh: Counts; readonly kept: Counts };
  /** What each pod answered that named itself, the busiest first. */
  readonly pods?: readonly PodAnswers[];
  /** What more pods answered than `pods` can name. */
  readonly otherPods?: Counts;
};

export type WithinLimit = {
  readonly limitMs: number;
  /** How many good predictions kept the limit. */
  readonly count: number;
  /** How often one that did not followed one that did, or was the first. Absent in older journals. */
  readonly runs?: number;
};

export type Counts = { readonly sent: number; readonly good: number };

export type ScheduleMeasurement = {
  /** How late predictions were sent, by the fault of this machine; it is not part of their latency. */
  readonly p50ErrorMs: number;
  readonly p99ErrorMs: number;
  readonly maxErrorMs: number;
  /** How many were due and not measured. Kept for journals from before `unmeasured` named the causes. */
  readonly missed: number;
};

export type PodAnswers = Counts & { readonly pod: string; readonly failures: FailureCounts };

export type LatencyQuantiles = {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** How many predictions failed that this pod answered. */
export type PodLosses = { readonly pod: string; readonly lost: number };

/** When the first and the last of several lost predictions were due, ms since the epoch. */
export type LostAt = {
  readonly first: number;
  readonly last: number;
  /** How many good ones were due in the same second before the first of them, and after the last; absent where that is not known. */
  readonly goodBefore?: number;
  readonly goodAfter?: number;
};

/** One second of the run, for the trend on the card and in the report. */
export type SecondMeasurement = {
  /** Start of the second, ms since the epoch. */
  readonly at: number;
  readonly sent: number;
  readonly good: number;
  readonly failures: FailureCounts;
  /** Which pods gave the failed answers, as far as they named themselves; absent where none did, and in older journals. */
  readonly failedBy?: readonly PodLosses[];
  /** When its first and its last lost prediction were due; absent where none was lost, and in older journals. */
  readonly lostAt?: LostAt;
  /**
   * When the first good prediction was due after the last lost one of this second, or of the one before it; ms since the epoch. Absent where that lies in
   * a later second, or after a gap, and in older journals.
   */
  readonly goodAgainAt?: number;
  /** How many were due in it but not measured; absent when all were. */
  readonly unmeasured?: number;
  /** How long it is when seconds were merged; 1,000 when absent. */
  readonly spanMs?: number;
  /** Of the good predictions; absent when there was none. */
  readonly p50Ms?: number;
  /** Absent in journals from before it was recorded. */
  readonly p95Ms?: number;
  readonly p99Ms?: number;
};

/** Where a second ends, or several that were merged, ms since the epoch. */
export function findEnd({ at, spanMs = 1_000 }: Pick<SecondMeasurement, 'at' | 'spanMs'>): number {
  return at + spanMs;
}

/** A pod as the cluster showed it last. */
export type PodStatus = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly terminating: boolean;
  /** Why it is not ready (CrashLoopBackOff, ContainersNotReady, ...), as Kubernetes says it. */
  readonly reason?: string;
  /** The image that each container is to run, by name. */
  readonly images?: Readonly<Record<string, string>>;
};

/** Something that happened to a pod of the service. */
export type PodChange = {
  readonly at: number;
  readonly pod: string;
  readonly kind: PodChangeKind;
  /** In plain words: `restarted (exit code 137, Error)`. */
  readonly detail: string;
  /** Of a pod that is placed: where. */
  readonly node?: string;
  /** Of a created pod: the one of the same owner whose place it takes. */
  readonly replaces?: string;
  /** Tells the pod from others of its name. Absent, as all below, in journals from before it was kept. */
  readonly uid?: string;
  /** Whether the pod is being deleted. */
  readonly terminating?: boolean;
  /** Why Kubernetes itself ends the pod: `evicted`. */
  readonly disruption?: string;
  /** Of a restart: which containers restarted. Of a pod that is no longer ready: which container ended. */
  readonly containers?: readonly string[];
  /** Of a change of images: those of the containers that changed, by name. */
  readonly images?: Readonly<Record<string, string>>;
  /** Of a change of images: whether they are again those that the pod had before. */
  readonly restored?: boolean;
  /** Of what the end of a container brought about: when that ended, by its node's clock, in whole seconds. */
  readonly endedAt?: number;
  /** Of the same: whether it was killed from outside (SIGKILL, and not for its memory); absent where that is not said. */
  readonly killed?: boolean;
  /** Whether a Kubernetes service sent traffic to the pod when it was disturbed; absent where that cannot be seen. */
  readonly inRotation?: boolean;
  /** It happened at some time since then, while pods were not observed; `at` is when it was found. */
  readonly unseenSince?: number;
};

export type PodChangeKind =
  | 'created'
  | 'deleted'
  | 'ready'
  | 'not-ready'
  | 'restarted'
  /** A node was found for it. */
  | 'placed'
  /** Why it is not ready is another reason than before: CrashLoopBackOff, OOMKilled, ... */
  | 'reason'
  /** Containers of the same pod are to run another image: a rollout makes new pods instead. */
  | 'image'
  /** Taken out of, or put into, those that get the traffic of a Kubernetes service. */
  | 'out-of-rotation'
  | 'in-rotation';

/** Whether a change is of who gets traffic and not of the pod itself. */
export function isRotation({ kind }: Pick<PodChange, 'kind'>): boolean {
  return kind === 'out-of-rotation' || kind === 'in-rotation';
}

/** Something that happened to a node that carries pods of the service, or did. */
export type NodeChange = {
  readonly at: number;
  readonly node: string;
  readonly kind: 'ready' | 'not-ready' | 'cordoned' | 'uncordoned' | 'rebooted' | 'new' | 'gone';
  /** In plain words: `not ready (NodeStatusUnknown)`. */
  readonly detail: string;
  /** It happened at some time since then, while nodes were not observed; `at` is when it was found. Absent where it was seen, and in older journals. */
  readonly unseenSince?: number;
};

/** Why pods were not seen: the bot was away, or stood still, or could not look at them. */
export type SightGapCause =
  { readonly code: 'restart' } | { readonly code: 'paused' } | SightProblem;

/** A span in which the pods were not seen. Times are ms since the epoch. */
export type SightGap = {
  readonly from: number;
  readonly until: number;
  readonly cause: SightGapCause;
};

/** The pods of the service, and how old that knowledge is. */
export type PodsView = {
  readonly pods: readonly PodStatus[];
  /** When the cluster last confirmed this view, ms since the epoch. */
  readonly confirmedAt: number;
  /** Why the last attempt to confirm it failed, or has not been answered for a while; absent when it succeeded. */
  readonly problem?: SightProblem;
  /** An attempt has failed since; absent where none did. */
  readonly hasFailed?: true;
};

/** Everything measured in one phase of a run. */
export type PhaseMeasurement = {
  readonly startedAt: number;
  readonly endedAt: number;
  /** How much of this time lies outside the fault or is missing from it, since it was known too late when that began and ended; absent when nothing does. */
  readonly misdatedMs?: number;
  /** The clock by which phases are dated was set back in this run, so that nothing of the phase can be dated. */
  readonly isClockSetBack?: true;
  readonly predictions: PredictionMeasurement;
  /** Those of the phase, and those since the end of the last recorded phase. So are the changes of the pods. */
  readonly seconds: readonly SecondMeasurement[];
  readonly pods: {
    readonly desired: number;
    readonly leastReady: number;
    readonly readyAtEnd: number;
    /** For how long of the phase nobody saw the pods; absent when they were seen all the time, and in older journals. */
    readonly unseenMs?: number;
    readonly changes: readonly PodChange[];
    /** When they were not seen; absent when they always were, and in journals from before it was recorded. */
    readonly gaps?: readonly SightGap[];
  };
  /** Of each metric of the service; absent when it has none. */
  readonly metrics?: readonly MetricMeasurement[];
  /** What happened to their nodes; absent when nothing did, or nodes could not be seen. */
  readonly nodes?: readonly NodeChange[];
};

/** Failures before there was an answer to be right or wrong. */
const unanswered: readonly string[] = [
  'refused',
  'reset',
  'timeout',
  'overloaded',
  'client-error',
  'server-error',
] satisfies FailureKind[];

/** Whether there was an answer to be right or wrong. */
export function isAnswered(outcome: 'good' | FailureKind): boolean {
  return !unanswered.includes(outcome);
}

/** How many predictions were answered in time and with the right status, whatever the answer. */
export function countAnswered({ sent, failures }: PredictionMeasurement): number {
  const silent = (Object.entries(failures) as [FailureKind, number][]).filter(
    ([kind]) => !isAnswered(kind),
  );
  return silent.reduce((answered, [, count]) => answered - count, sent);
}

/** How many predictions were due, measured or not. */
export function countDue({
  sent,
  unmeasured = {},
}: Pick<PredictionMeasurement, 'sent' | 'unmeasured'>): number {
  return Object.values(unmeasured).reduce((sum, count) => sum + count, sent);
}

/** The share of good predictions, 0 to 1; null when none was sent. */
export function availabilityOf({ sent, good }: { sent: number; good: number }): number | null {
  return sent === 0 ? null : good / sent;
}

export function countReady(pods: readonly PodStatus[]): number {
  return pods.filter((pod) => pod.ready && !pod.terminating).length;
}
