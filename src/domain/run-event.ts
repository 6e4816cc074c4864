import type { BrokenRule } from './access.ts';
import type { RefusedCancel } from './cancel-outcome.ts';
import type { Digest, ExecutionId, ObjectId, RunId } from './ids.ts';
import type { Judgement } from './judgement.ts';
import type { DatedTrip, GuardTrip } from './guard.ts';
import type { CarryingPod, FaultEvidence, Injection } from './injection.ts';
import type { PhaseMeasurement, PredictionMeasurement } from './measurement.ts';
import type { Person } from './person.ts';
import type { BlastRadiusPod, Proposal } from './proposal.ts';
import type { UnreadReason } from './unread-execution.ts';

/** Where a run was proposed; `reference` is the chat platform's own and opaque here. */
export type Origin = {
  readonly conversationId: string;
  readonly reference: Readonly<Record<string, unknown>>;
  /** Names the request, so that one that is delivered again proposes nothing new. */
  readonly requestKey?: string;
};

/** How somebody acted: by a card's button or by a command, and in which activity. */
export type Via = { readonly kind: 'card' | 'command' | 'tool'; readonly activityId?: string };

/** What Azure says about one start of an experiment, in our words. */
export type ExecutionState = 'preparing' | 'running' | 'succeeded' | 'cancelled' | 'failed';

export type ExecutionReport = {
  readonly executionId: ExecutionId;
  readonly state: ExecutionState;
  /** Azure's own word for the state. */
  readonly status: string;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  /** By how much Azure's clock was found to be ahead of the bot's, behind where negative: both times are by the bot's. Absent where nothing shows a difference. */
  readonly clockAheadMs?: number;
  /** Why it failed, as Azure put it, and what to do about it. */
  readonly problem?: { readonly message: string; readonly suggestion: string };
  /** Why and since when Azure did not say how it stands, so that it counts as failed without being known. */
  readonly unread?: { readonly reason: UnreadReason; readonly since: number };
};

/** Why a run is over. */
export type Ending =
  | 'completed'
  | 'rejected'
  | 'expired'
  | 'not-steady'
  /** The baseline could not tell whether the service was steady. */
  | 'baseline-undecided'
  | 'outgrown'
  | 'stopped'
  | 'aborted'
  | 'failed';

/** held and deviated are said with confidence; inconclusive when the evidence is too thin; void when the fault was never seen. */
export type Verdict = 'held' | 'deviated' | 'inconclusive' | 'void';

/** Every transition of a run. The journal holds these; a run is what they fold to. */
export type RunEvent =
  | {
      readonly type: 'proposed';
      readonly proposal: Proposal;
      readonly digest: Digest;
      readonly origin: Origin;
    }
  /** One person's approval; the run is approved when the rule of its proposal asks for no more. */
  | {
      readonly type: 'approved';
      readonly by: Person;
      readonly memberOf: readonly ObjectId[];
      /** Asked only where members of the channel may approve. */
      readonly inChannel?: boolean;
      readonly digest: Digest;
      readonly via: Via;
    }
  | { readonly type: 'rejected'; readonly by: Person; readonly reason?: string; readonly via: Via }
  | { readonly type: 'expired' }
  /** Approved while its cluster was busy: it waits for its turn. */
  | { readonly type: 'queued'; readonly behind: RunId }
  /** `saidAt`: when it was said, where that could only be recorded later; absent otherwise. Ms since the epoch. */
  | {
      readonly type: 'stop-requested';
      readonly by: Person;
      readonly via: Via;
      readonly saidAt?: number;
    }
  /** Somebody said stop when the fault was gone already: nothing was stopped, and the run is measured to its end. `saidAt`: as in `stop-requested`. */
  | {
      readonly type: 'stop-came-late';
      readonly by: Person;
      readonly via: Via;
      readonly saidAt?: number;
    }
  | { readonly type: 'baseline-started' }
  | {
      readonly type: 'baseline-judged';
      readonly measurement: PhaseMeasurement;
      readonly judgement: Judgement;
      readonly steady: boolean;
    }
  | { readonly type: 'experiment-prepared'; readonly experimentName: string }
  /** `pods`: those of the service by then, where they were others than in the proposal; absent where they were not, and in older journals. */
  | { readonly type: 'start-requested'; readonly pods?: readonly PodAtStart[] }
  | { readonly type: 'started'; readonly executionId: ExecutionId }
  /** `startedAt`: since when, by the record of what injects it; absent where that did not say yet. Ms since the epoch. */
  | { readonly type: 'fault-active'; readonly startedAt?: number }
  | { readonly type: 'fault-seen'; readonly evidence: FaultEvidence }
  /**
   * `trip.at`: when it tripped; absent in older journals. `isAfterEnd`: its condition was met only by what became known after the fault had ended, so that
   * nothing was asked of Azure.
   */
  | {
      readonly type: 'guard-tripped';
      readonly trip: GuardTrip & Partial<DatedTrip>;
      readonly isAfterEnd?: true;
    }
  /**
   * `askedAt`: when Azure was asked; absent in older journals. Ms since the epoch. `isHeardBefore`: it had not answered the request before this one, and
   * may have heard it.
   */
  | {
      readonly type: 'cancel-requested';
      readonly because: string;
      readonly askedAt?: number;
      readonly isHeardBefore?: true;
    }
  /** Azure did not accept the request to end the fault. */
  | ({ readonly type: 'cancel-refused' } & RefusedCancel)
  /** Somebody stopped the run whom the rules of chaos.yaml do not let. The run is stopped all the same. */
  | ({ readonly type: 'stop-disallowed'; readonly by: Person } & BrokenRule)
  | {
      readonly type: 'observed';
      readonly measurement: PhaseMeasurement;
      readonly judgement: Judgement;
    }
  /** `endedAt`: when it was gone, by the record of what injected it, or when that was heard of; absent in older journals. Ms since the epoch. */
  | {
      readonly type: 'fault-ended';
      readonly execution: ExecutionReport;
      readonly endedAt?: number;
      /** Where nothing told when it was gone: the time in which that was. Ms since the epoch. */
      readonly endedBetween?: { readonly from: number; readonly until: number };
      /** What it did to pods, compared with what was approved; absent when nothing showed it, and in older journals. */
      readonly injection?: Injection;
      /** What had been taken for evidence of the fault turned out to be none. */
      readonly evidenceWithdrawn?: true;
      /** The pods that carried it still; absent when none did. */
      readonly carrying?: readonly CarryingPod[];
    }
  | ({
      readonly type: 'recovery-judged';
      readonly measurement: PhaseMeasurement;
      readonly judgement: Judgement;
      readonly recovery: Recovery;
      /** The pods that carried the fault still when the time to recover was over; absent when none did. */
      readonly carrying?: readonly CarryingPod[];
      /** The pods that carried somebody else's fault by then; absent when none did, and in older journals. */
      readonly otherCarrying?: readonly CarryingPod[];
      /** What the fault did, of one that was left behind: how long it lasted is known now. Absent otherwise, and in older journals. */
      readonly injection?: Injection;
    } & BetweenPhases)
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly suggestion: string;
      /** When Azure was asked to end the fault for it, ms since the epoch, where the database could not take it then; absent otherwise. */
      readonly askedAt?: number;
      /** The pods that carry its fault, where no execution is known that could tell of it; absent otherwise. */
      readonly carrying?: readonly CarryingPod[];
      /** When those were last seen, where the cluster did not show its pods any more; absent otherwise. Ms since the epoch. */
      readonly carriedUntil?: number;
    }
  /**
   * After the end of a run that left its fault behind: the pods that carry it, none when it is gone. `isUnseen`: the cluster did not show its pods, and these
   * are what was seen last. `carriedUntil`: see `LeftFault`.
   */
  | {
      readonly type: 'left-fault-seen';
      readonly carrying: readonly CarryingPod[];
      readonly isUnseen?: true;
      readonly carriedUntil?: number;
    }
  | {
      readonly type: 'ended';
      readonly ending: Ending;
      readonly verdict: Verdict | null;
      readonly why: string;
    };

/** A pod of the service when the start of the fault was asked for. */
export type PodAtStart = Pick<BlastRadiusPod, 'name' | 'uid' | 'node' | 'ready'>;

/** What predictions showed between the phases that are judged. Absent in older journals. */
export type BetweenPhases = {
  /** From the end of the baseline to the request for the start. Also absent in journals that have the other two. */
  readonly beforeStart?: PredictionMeasurement;
  /** From the request for the start to the beginning of the fault. */
  readonly preparing?: PredictionMeasurement;
  /** From the end of the fault to the beginning of the last measurement. */
  readonly waiting?: PredictionMeasurement;
};

/** When pods were ready again, and since when and by when they were not any more; ms after the fault was gone. */
export type PodsFailedAgain = {
  readonly readyAfterMs: number;
  readonly notBeforeMs: number;
  readonly byMs: number;
};

/**
 * How the service came back, ms after the fault was gone; null when it did not while the bot watched, which is at least for the limit. What came back later
 * than that did not recover in time.
 */
export type Recovery = {
  readonly podsReadyAfterMs: number | null;
  /** Where nobody looked before that, since when they may have been; absent where somebody did. */
  readonly podsReadyNotBeforeMs?: number;
  /**
   * Pods that were ready in time, after `readyAfterMs`, failed once more between `notBeforeMs` and `byMs`: nobody saw whether that was within the limit. Absent
   * where somebody did.
   */
  readonly podsFailedAgain?: PodsFailedAgain;
  /** When pods had been ready before, where they failed once more in the last measurement; absent where they did not. */
  readonly podsWereReadyAfterMs?: number;
  /** The cluster did not show the pods when the time to recover was over. */
  readonly podsUnseen?: true;
  /** What is missing may have been in time all the same: the clock was set back. */
  readonly isClockSetBack?: true;
  /** How many pods there were at the end, all of them ready, but fewer than before, as after scaling the workload down. */
  readonly podsLeft?: number;
  /** How many pods the workload wanted by then; absent where it wanted as many as before, or may not be read. */
  readonly podsWanted?: number;
  /** Predictions may have been good again: too few were measured to tell. */
  readonly predictionsUnmeasured?: true;
  /**
   * When predictions were good for a whole window, by due time. Where the time before that was not measured, they may have been since
   * `predictionsGoodNotBeforeMs`.
   */
  readonly predictionsGoodNotBeforeMs?: number;
  readonly predictionsGoodAfterMs: number | null;
  /** They had been good before that, and failed once more in the last measurement; absent where they did not. */
  readonly predictionsFailedAgain?: true;
  /** When each metric of the hypothesis kept its bound; absent when it names none. */
  readonly metricsGoodAfterMs?: number | null;
  /** When a metric was last read out of its bound; absent where none was. */
  readonly metricsGoodNotBeforeMs?: number;
  /** Metrics may have been back in their bounds: they could not be read. */
  readonly metricsUnread?: true;
  /** When no pod carried the fault any more; absent where what injected it had removed it. */
  readonly faultGoneAfterMs?: number | null;
  /** When pods were last seen to carry it; absent where that was not seen. */
  readonly faultGoneNotBeforeMs?: number;
};

/** A run's event as it stands in the journal; `sequence` counts from 1 within the run. */
export type RunEntry = {
  readonly runId: RunId;
  readonly sequence: number;
  readonly at: number;
  readonly event: RunEvent;
};
