import type { LedgerState } from '../../evidence/predictions/prediction-ledger.ts';
import type { ReadyPoint } from '../../evidence/ready-timeline.ts';
import type { MetricPart } from '../../evidence/metric-history.ts';
import type { UnseenState } from '../../evidence/unseen-time.ts';
import type { InjectionState } from '../../evidence/injection/injection-state.ts';
import type { RunId } from '../../domain/ids.ts';
import type { NodeChange, PodChange, PodStatus } from '../../domain/measurement.ts';
import type { MetricMeasurement } from '../../domain/metric.ts';
import type { Recovery } from '../../domain/run-event.ts';
import type { Phase } from '../../domain/run.ts';
import type { Surroundings } from '../../domain/surroundings.ts';
import type { AlarmState } from '../guard-alarm.ts';
import type { Claim } from './claim-store.ts';
import type { WantedState } from '../wanted-pods.ts';

/** What was measured so far of a run, kept so that a restart goes on where it was. Replaced, not appended. */
export interface CheckpointStore {
  /** Rejects with `claim-lost` where a claim is given that is not the newest: then nothing is written. */
  save(runId: RunId, checkpoint: Checkpoint, claim?: Claim): Promise<void>;
  /** Returns the last that was saved, with `isClockSetBack` where the clock of the database or of the machine shows that ours was set back since then. */
  find(runId: RunId): Promise<Checkpoint | undefined>;
}

export type Checkpoint = AlarmState & {
  readonly phase: Phase;
  /** Since when the execution was known to be over, ms since the epoch; absent before, and in checkpoints from before it was kept. */
  readonly overSince?: number;
  readonly ledger: LedgerState;
  readonly podChanges: readonly PodChange[];
  readonly nodeChanges?: readonly NodeChange[];
  readonly ready: readonly ReadyPoint[];
  /** When pods were not seen; absent in checkpoints from before it was kept. */
  readonly podsUnseen?: UnseenState;
  /** What was known of the fault; absent in checkpoints from before it was kept. */
  readonly injection?: InjectionState;
  /** The pods as they were last; absent when they were not seen yet. */
  readonly pods?: readonly PodStatus[];
  /** Who got traffic, and the nodes, as they were last; absent in checkpoints from before it was kept. */
  readonly surroundings?: Surroundings;
  /** The clock was set back in this run; absent otherwise. */
  readonly isClockSetBack?: true;
  /** How many pods the workload wanted; absent in checkpoints from before it was kept. */
  readonly wanted?: WantedState;
  /** How far the service was back; absent before the fault is gone. */
  readonly recovery?: RecoveryState;
  /** What was read of each metric in the run; absent when the service has none. */
  readonly metricParts?: readonly {
    readonly name: string;
    readonly parts: readonly MetricPart[];
  }[];
  /** What was read in the last span, in checkpoints from before readings were kept. */
  readonly metrics?: readonly MetricMeasurement[];
};

/** What was known of the recovery of a service. */
export type RecoveryState = {
  readonly found: Recovery;
  /** Since when predictions may be good again, by what was known; ms since the epoch. */
  readonly goodSince: number;
  /** Since when predictions failed again after they had been good; absent where they did not. */
  readonly relapsedAt?: number;
  /** When the pods were last looked at, ms since the epoch; absent when they never were. */
  readonly lookedAt?: number;
  /** When a pod was last seen to carry the fault, ms since the epoch; absent where none was. */
  readonly carriedAt?: number;
};
