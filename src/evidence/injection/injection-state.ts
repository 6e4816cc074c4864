import type { FaultRecord } from '../../domain/injection.ts';
import type { ExecutorClockState } from './executor-clock.ts';
import type { RecordsBefore } from './find-recorded.ts';

/** What a run knows of its fault besides the changes of pods, to go on with after a restart. */
export type InjectionState = {
  readonly records: readonly FaultRecord[];
  /** When the executor last said that it was only preparing, ms since the epoch. */
  readonly preparingAt?: number;
  /** How the executor's clock stands to ours, as far as that is known. */
  readonly clock?: ExecutorClockState;
  /** The records that there were before the fault; absent where they were not read then. */
  readonly before?: RecordsBefore;
  /** The names of the pods that carried a fault before the start was asked for; absent where none did. */
  readonly carriedBefore?: readonly string[];
};
