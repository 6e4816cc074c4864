import type { RunId } from '../domain/ids.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';

type Conducted = { readonly stopping: AbortController; run: Run; progress?: Progress };

/** The runs that this process conducts now: how they stand, what is seen of them, and a way to stop them that needs no database. */
export class ActiveRuns {
  readonly #runs = new Map<RunId, Conducted>();

  /** Registers a run for as long as it is conducted; the signal aborts when somebody stops it. */
  enter(run: Run): AbortSignal {
    const stopping = new AbortController();
    this.#runs.set(run.id, { stopping, run });
    return stopping.signal;
  }

  leave(runId: RunId): void {
    this.#runs.delete(runId);
  }

  /** Remembers the run as it was last read or committed. */
  update(run: Run): void {
    const active = this.#runs.get(run.id);
    if (active) active.run = run;
  }

  /** Returns the runs that are conducted here, as they were last read or committed. */
  list(): readonly Run[] {
    return Array.from(this.#runs.values(), ({ run }) => run);
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
