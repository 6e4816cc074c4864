import type { RunId } from '../../domain/ids.ts';

/** Work that must survive a restart. Delivery is at least once; the worker is called again after a crash. */
export interface JobQueue {
  /**
   * Starts taking jobs; `conduct` is called for one run at a time and for each run by one worker only. `draining` aborts when this process ends, `released` when
   * the job was given to another worker.
   */
  work(
    conduct: (runId: RunId, draining: AbortSignal, released: AbortSignal) => Promise<void>,
  ): Promise<void>;
  /** Stops taking jobs and waits for those in hand, at most `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}
