import type { RunId } from '../domain/ids.ts';
import {
  findLeftFaultEvent,
  isLeftToWatch,
  listCarrying,
  toCarriedUntil,
  watchLeftForMs,
} from '../domain/left-fault.ts';
import type { CarryingPod } from '../domain/injection.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { findStillCarrying } from '../evidence/injection/find-carriers.ts';
import type { Clock } from './ports/clock.ts';
import type { ClusterSight, PodWatch } from './ports/cluster-sight.ts';
import type { Log } from './ports/log.ts';
import { record, type RecordDeps } from './record.ts';

type LeftFaultsDeps = RecordDeps & {
  readonly cluster: ClusterSight;
  readonly clock: Clock;
  readonly log: Log;
};

type Left = {
  readonly run: Run;
  readonly watch: PodWatch;
  /** When pods were last seen to carry it. */
  readonly carriedUntil: number;
};

/** A view that the cluster has not confirmed for longer shows nothing of now, ms. */
const freshWithinMs = 15_000;

/** What other processes have left is looked for each so many looks. */
const looksPerFind = 60;
/** An end may be committed a while after its time. */
const overlapMs = 60_000;

/**
 * Watches the pods of runs that are over and left their fault behind, for a day: tells when none carries it any more, and now and then that some do. Several
 * processes may watch the same: each thing is written down once.
 */
export class LeftFaults {
  readonly #deps: LeftFaultsDeps;
  /** Runs that are over, and may have left something. */
  readonly #over = new Set<RunId>();
  readonly #left = new Map<RunId, Left>();

  /** Runs that have ended since then were not found yet. */
  #foundAt: number | undefined;
  #looks = 0;
  #isClosed = false;

  constructor(deps: LeftFaultsDeps) {
    this.#deps = deps;
  }

  /** Finds what was left behind before this process began, or by another one that may be gone, and tells what may not have been told of it. */
  async find(): Promise<void> {
    const { runs, announcer, clock } = this.#deps;
    const now = clock.now();
    const endedSince = this.#foundAt ?? now - 2 * watchLeftForMs;
    for (const run of await runs.list({ phases: ['ended'], endedSince })) {
      if (run.leftFault) announcer.runChanged(run);
      this.#open(run);
    }
    this.#foundAt = now - overlapMs;
  }

  /** Takes a run that was conducted to its end: it may have left its fault behind. */
  add(runId: RunId): void {
    this.#over.add(runId);
  }

  /** Looks at the pods of each, to be called now and then. Never rejects: what fails for one is tried again the next time, and keeps no other. */
  async check(): Promise<void> {
    this.#looks += 1;
    if (this.#looks % looksPerFind === 0) await this.#attempt(undefined, () => this.find());
    for (const runId of this.#over)
      await this.#attempt(runId, async () => {
        const run = await this.#deps.runs.find(runId);
        this.#over.delete(runId);
        if (run) this.#open(run);
      });
    for (const left of this.#left.values())
      await this.#attempt(left.run.id, () => this.#lookAt(left));
  }

  async #attempt(runId: RunId | undefined, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#deps.log.warn({ runId, error }, 'The fault that a run left behind was not looked at.');
    }
  }

  /** Ends the watches; what was not told yet is told by the next process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const watches = Array.from(this.#left.values(), ({ watch }) => watch);
    this.#left.clear();
    await Promise.all(watches.map((watch) => watch.close()));
  }

  #open(run: Run): void {
    // A search, or a look, may be under way while it is closed: nobody would close its watch.
    if (this.#isClosed || !isLeftToWatch(run) || this.#left.has(run.id)) return;
    const { service, cluster } = run.proposal;
    const watch = this.#deps.cluster.watch(service, cluster, freshWithinMs);
    this.#left.set(run.id, { run, watch, carriedUntil: toCarriedUntil(run) });
    this.#deps.log.warn({ runId: run.id }, 'A run left its fault behind; its pods are watched.');
  }

  async #lookAt({ run, watch, ...before }: Left): Promise<void> {
    const { clock } = this.#deps;
    const carrying = this.#see(run, watch);
    const isCarried = carrying !== undefined && carrying.length > 0;
    const carriedUntil = isCarried ? watch.view().confirmedAt : before.carriedUntil;
    const findNews = (current: Run) =>
      findLeftFaultEvent(current, { carrying, carriedUntil }, clock.now());
    const known = findNews(run) ? await this.#record(run.id, findNews) : run;
    // It may be closed while a look is under way.
    if (isLeftToWatch(known) && !this.#isClosed) {
      this.#left.set(run.id, { run: known, watch, carriedUntil });
      return;
    }
    this.#left.delete(run.id);
    await watch.close();
  }

  /** The pods that carry the fault now; undefined where the cluster has not shown its pods lately. */
  #see(run: Run, watch: PodWatch): readonly CarryingPod[] | undefined {
    const { pods, confirmedAt } = watch.view();
    const isFresh = this.#deps.clock.now() - confirmedAt <= freshWithinMs;
    return isFresh ? findStillCarrying(listCarrying(run), pods) : undefined;
  }

  async #record(runId: RunId, findNews: (run: Run) => RunEvent | undefined): Promise<Run> {
    const decide = (current: Run) => {
      const event = findNews(current);
      return { events: event ? [event] : [], outcome: undefined };
    };
    const { run } = await record(runId, decide, this.#deps);
    return run;
  }
}
