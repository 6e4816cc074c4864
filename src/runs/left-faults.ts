import type { RunId } from '../domain/ids.ts';
import {
  findLeftFaultEvent,
  isLeftToWatch,
  listCarrying,
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

export type LeftFaultsDeps = RecordDeps & {
  readonly cluster: ClusterSight;
  readonly clock: Clock;
  readonly log: Log;
};

type Left = { readonly run: Run; readonly watch: PodWatch };

/** A view that the cluster has not confirmed for longer shows nothing of now, ms. */
const freshWithinMs = 15_000;

/** No run takes longer from its proposal to its end: it waits for a day, and may last for hours. */
const longestRunMs = 48 * 3_600_000;

/**
 * Watches the pods of runs that are over and left their fault behind, for a day: tells when none carries it any more, and now and then that some do. Several
 * processes may watch the same: each thing is written down once.
 */
export class LeftFaults {
  readonly #deps: LeftFaultsDeps;
  /** Runs that are over, and may have left something. */
  readonly #over = new Set<RunId>();
  readonly #left = new Map<RunId, Left>();

  constructor(deps: LeftFaultsDeps) {
    this.#deps = deps;
  }

  /** Finds what was left behind before this process began. */
  async find(): Promise<void> {
    const { runs, clock } = this.#deps;
    const since = clock.now() - watchLeftForMs - longestRunMs;
    for (const run of await runs.list({ phases: ['ended'], since })) this.#open(run);
  }

  /** Notes that a run was conducted to its end. */
  heed(runId: RunId): void {
    this.#over.add(runId);
  }

  /** Looks at the pods, to be called now and then. */
  async look(): Promise<void> {
    for (const runId of this.#over) {
      const run = await this.#deps.runs.find(runId);
      this.#over.delete(runId);
      if (run) this.#open(run);
    }
    for (const left of this.#left.values()) await this.#lookAt(left);
  }

  async close(): Promise<void> {
    const watches = Array.from(this.#left.values(), ({ watch }) => watch);
    this.#left.clear();
    await Promise.all(watches.map((watch) => watch.close()));
  }

  #open(run: Run): void {
    if (!isLeftToWatch(run) || this.#left.has(run.id)) return;
    const { service, cluster } = run.proposal;
    const watch = this.#deps.cluster.watch(service, cluster, freshWithinMs);
    this.#left.set(run.id, { run, watch });
    this.#deps.log.warn({ runId: run.id }, 'A run left its fault behind; its pods are watched.');
  }

  async #lookAt({ run, watch }: Left): Promise<void> {
    const { clock } = this.#deps;
    const findNews = (current: Run) =>
      findLeftFaultEvent(current, this.#see(current, watch), clock.now());
    const known = findNews(run) ? await this.#record(run.id, findNews) : run;
    if (isLeftToWatch(known)) {
      this.#left.set(run.id, { run: known, watch });
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
