import type { Freeze } from '../domain/freeze.ts';
import type { RunId } from '../domain/ids.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';
import type { UnreadExecution } from '../domain/unread-execution.ts';
import type { StopRequest } from './use-cases.ts';

/** Who said stop, how and when, ms since the epoch. `isBlind`: while the database did not answer. */
export type AskedStop = Pick<StopRequest, 'by' | 'via'> & {
  readonly at: number;
  readonly isBlind?: true;
};

type Conducted = { readonly stopping: AbortController; run: Run; progress?: Progress };

/** The runs that this process conducts now: how they stand, what is seen of them, and a way to stop them that needs no database. */
export class ActiveRuns {
  readonly #runs = new Map<RunId, Conducted>();
  /** Stops that may not be recorded yet: a run that is taken up again when the database is back is still stopped. */
  readonly #unrecorded = new Map<RunId, AskedStop>();
  #everything: AskedStop | undefined;
  /** A freeze that the database has not taken yet. Until it has, this process starts nothing. */
  unrecordedFreeze: Freeze | undefined;

  /** The runs that wait until this process conducts fewer, the first in line first. */
  line: readonly RunId[] = [];

  /** Registers a run for as long as it is conducted; the signal aborts when somebody stops it. */
  enter(run: Run): AbortSignal {
    const stopping = new AbortController();
    this.#runs.set(run.id, { stopping, run });
    const isMeant = run.approvals.every(({ at }) => at <= (this.#everything?.at ?? 0));
    if (this.#everything && isMeant && !run.stop) this.#unrecorded.set(run.id, this.#everything);
    if (this.#unrecorded.has(run.id)) stopping.abort();
    return stopping.signal;
  }

  /** Ends what `enter` began. A conductor that has lost the run leaves it to one that has taken it over in this process. */
  leave(runId: RunId, signal: AbortSignal): void {
    if (this.#runs.get(runId)?.stopping.signal === signal) this.#runs.delete(runId);
  }

  /** Remembers the run as it was last read or committed. */
  update(run: Run): void {
    const active = this.#runs.get(run.id);
    if (active) active.run = run;
    if (run.stop || run.phase === 'recover' || run.phase === 'ended')
      this.#unrecorded.delete(run.id);
  }

  /** Returns the runs that are conducted here, as they were last read or committed. */
  list(): readonly Run[] {
    return Array.from(this.#runs.values(), ({ run }) => run);
  }

  /** Asks the conductor of the run to stop, when it is conducted here. */
  stop(runId: RunId, asked: AskedStop): void {
    const conducted = this.#runs.get(runId);
    if (conducted && !conducted.run.stop) this.#unrecorded.set(runId, asked);
    conducted?.stopping.abort();
  }

  /** Stops every run that is conducted here, and those approved until it was said that are conducted here later. */
  stopAll(asked: AskedStop): void {
    this.#everything = asked;
    for (const runId of this.#runs.keys()) this.stop(runId, asked);
  }

  /** The stop of a run that its journal may not have yet. */
  unrecordedStop(runId: RunId): AskedStop | undefined {
    return this.#unrecorded.get(runId);
  }

  saw(runId: RunId, progress: Progress): void {
    const active = this.#runs.get(runId);
    if (active) active.progress = progress;
  }

  /** The runs that are conducted here and whose executions can't be read now. */
  listUnread(): readonly { readonly runId: RunId; readonly unread: UnreadExecution }[] {
    return Array.from(this.#runs).flatMap(([runId, { progress }]) =>
      progress?.unread ? [{ runId, unread: progress.unread }] : [],
    );
  }

  /** How many other runs are before this one in line; undefined where it does not wait. */
  aheadOf(runId: RunId): number | undefined {
    const place = this.line.indexOf(runId);
    return place < 0 ? undefined : place;
  }

  progressOf(runId: RunId): Progress | undefined {
    return this.#runs.get(runId)?.progress;
  }
}
