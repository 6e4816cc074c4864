import type { RunId } from '../../domain/ids.ts';

export type WorkOptions = {
  /** How many runs this process conducts at once. Those that can't wait are conducted beyond it. */
  readonly mostAtOnce: number;
  /** Called now and then while that many are conducted, with the runs that wait, the first in line first. Resolves with those that can't wait. */
  readonly onWaiting: (runIds: readonly RunId[]) => Promise<readonly RunId[]>;
};

/** Conducts a run. `draining` aborts when this process ends, `released` when the job was given to another worker. */
export type Conduct = (runId: RunId, draining: AbortSignal, released: AbortSignal) => Promise<void>;

/** Work that must survive a restart. Delivery is at least once; the worker is called again after a crash. */
export interface JobQueue {
  /** Starts taking jobs, the oldest first; `conduct` is called for each run by one worker only. */
  work(conduct: Conduct, how: WorkOptions): Promise<void>;
  /** Stops taking jobs and waits for those in hand, at most `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}
