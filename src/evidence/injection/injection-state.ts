import type { FaultRecord } from '../../domain/injection.ts';

/** What a run knows of its fault besides the changes of pods, to go on with after a restart. */
export type InjectionState = {
  readonly records: readonly FaultRecord[];
  /** When the executor last said that it was only preparing, ms since the epoch. */
  readonly preparingAt?: number;
};
