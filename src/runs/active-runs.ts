import type { RunId } from '../domain/ids.ts';
import type { Progress } from '../domain/progress.ts';

/** The runs that this process conducts now: what is seen of them, and a way to stop them that needs no database. */
export class ActiveRuns {
  readonly #runs = new Map<RunId, { stopping: AbortController; progress?: Progress }>();

  /** Registers a run for as long as it is conducted; the signal aborts when somebody stops it. */
  enter(runId: RunId): AbortSignal {
    const stopping = new AbortController();
    this.#runs.set(runId, { stopping });
    return stopping.signal;
  }

  leave(runId: RunId): void {
    this.#runs.delete(runId);
  }

  /** Asks the conductor of the run to stop, when it is conducted here. */
  stop(runId: RunId): void {
    this.#runs.get(runId)?.stopping.abort();
  }

  stopAll(): void {
    for (const { stopping } of this.#runs.values()) stopping.abort();
  }

  saw(runId: RunId, progress: Progress): void {
    const active = this.#runs.get(runId);
    if (active) active.progress = progress;
  }

  progressOf(runId: RunId): Progress | undefined {
    return this.#runs.get(runId)?.progress;
  }
}
