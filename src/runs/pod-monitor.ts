import {
  countReady,
  isRotation,
  type NodeChange,
  type PhaseMeasurement,
  type PodChange,
  type PodsView,
} from '../domain/measurement.ts';
import type { Run } from '../domain/run.ts';
import { findUnseenChanges } from '../evidence/find-unseen-changes.ts';
import { ReadyTimeline } from '../evidence/ready-timeline.ts';
import { UnseenTime } from '../evidence/unseen-time.ts';
import type { Sight } from '../guards/guard-watch.ts';
import type { Checkpoint } from './ports/checkpoint-store.ts';
import type { Clock } from './ports/clock.ts';
import { seenForShare, type ClusterSight, type PodWatch } from './ports/cluster-sight.ts';
import { WantedPods } from './wanted-pods.ts';

export type PodMonitorDeps = { readonly cluster: ClusterSight; readonly clock: Clock };

/** When a phase began and ended, and since when changes of pods belong to it; ms since the epoch. */
export type PodSpan = {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly seenSince: number;
};

/** When pods were ready again, or were not any more; with `notBefore`, nobody looked between that and `at`. Ms since the epoch. */
export type ReadyChange = { readonly at: number; readonly notBefore?: number };

/** Watches the pods of one run and their nodes: what is seen, what changed while nobody looked, and how many pods were ready when. */
export class PodMonitor {
  readonly #clock: Clock;
  readonly #watch: PodWatch;
  readonly #ready: ReadyTimeline;
  readonly #unseenTime: UnseenTime;
  readonly #earlier: Checkpoint | undefined;
  /** When the process before this one saw the pods last, ms since the epoch; undefined without a restart. */
  readonly seenBefore: number | undefined;
  /** How many pods the run wants back. */
  readonly wanted: WantedPods;
  /** What happened to pods between the checkpoint and the first view after the restart; undefined before that. */
  #unseen: readonly PodChange[] | undefined;

  constructor(run: Run, checkpoint: Checkpoint | undefined, deps: PodMonitorDeps) {
    const { cluster, clock } = deps;
    const { service, cluster: where } = run.proposal;
    this.#clock = clock;
    this.wanted = new WantedPods(run, checkpoint?.wanted, deps);
    this.#earlier = checkpoint;
    const freshWithinMs = toFreshWithinMs(run);
    this.#watch = cluster.watch(service, where, freshWithinMs, checkpoint?.surroundings);
    this.#ready = new ReadyTimeline(checkpoint?.ready);
    const seenBefore = checkpoint?.podsUnseen?.seenAt ?? checkpoint?.ledger.until;
    // Its clock may have been ahead.
    this.seenBefore = seenBefore === undefined ? undefined : Math.min(seenBefore, clock.now());
    const longestMs = seenForShare * freshWithinMs;
    this.#unseenTime = checkpoint
      ? UnseenTime.afterRestart(longestMs, {
          spans: [],
          ...checkpoint.podsUnseen,
          seenAt: this.seenBefore ?? clock.now(),
        })
      : new UnseenTime(longestMs, { seenAt: clock.now(), spans: [] });
  }

  /** Notes how many pods are ready now and, on the first look after a restart, what changed meanwhile. */
  look(): void {
    const { pods, confirmedAt, problem, hasFailed = false } = this.view();
    const seenAt = Math.max(confirmedAt, this.#toldAt());
    this.#unseenTime.see(seenAt);
    if (problem) this.#unseenTime.miss(problem, { hasFailed });
    if (confirmedAt === 0) return;
    const at = this.#clock.now();
    this.#ready.see({ at, ready: countReady(pods), seenAt });
    const { pods: before } = this.#earlier ?? {};
    const since = this.seenBefore;
    this.#unseen ??= before && since ? findUnseenChanges(before, pods, { since, at }) : [];
  }

  /** When the cluster last told of a change of a pod as it happened: it did not fall silent before, though no list of all pods confirms it. */
  #toldAt(): number {
    const told = this.#watch
      .changes()
      .findLast((change) => change.unseenSince === undefined && !isRotation(change));
    return told?.at ?? 0;
  }

  /** The pods as the cluster shows them now. */
  view(): PodsView {
    return this.#watch.view();
  }

  /** When the pods were last seen, by this process or the one before, and what hinders it now. */
  sight(): Pick<Sight, 'podsAt' | 'podsProblem'> {
    const { confirmedAt, problem } = this.view();
    return {
      podsAt: confirmedAt > 0 ? confirmedAt : (this.seenBefore ?? null),
      ...(problem ? { podsProblem: problem } : {}),
    };
  }

  /** Whether the cluster has shown the pods to this process. */
  hasSeen(): boolean {
    return this.view().confirmedAt > 0;
  }

  /** Whether the cluster has shown the pods at a time or since; an older view says nothing of it. */
  hasSeenSince(at: number): boolean {
    return this.view().confirmedAt >= at;
  }

  /** Whether the cluster has not shown the pods for too long for their last view to be true now. */
  isUnseen(): boolean {
    const now = this.#clock.now();
    return this.#unseenTime.within({ from: now - 1, until: now }) > 0;
  }

  /** Whether the cluster showed the pods all the time between the two. */
  isWatched(from: number, until: number): boolean {
    this.look();
    return this.#unseenTime.within({ from, until }) === 0;
  }

  /**
   * Returns when `wanted` pods were ready again after `since`, as far as was known before `before`; undefined where fewer were ready by then, or while the cluster
   * has not been read since `since`.
   */
  findReadyAgain(wanted: number, since: number, before = Infinity): ReadyChange | undefined {
    this.look();
    const readyAt = this.hasSeenSince(since) ? this.#ready.readySince(wanted, before) : undefined;
    if (readyAt === undefined) return undefined;
    const seenAt = Math.max(since, readyAt);
    const unseen = this.#unseenTime.around(seenAt, lookedWithinMs);
    // The first look after that may have shown that fewer were ready.
    if (!unseen || this.#ready.fewerSeenAt(wanted) >= unseen.until) return { at: seenAt };
    return { at: Math.max(seenAt, unseen.until), notBefore: Math.max(since, unseen.from) };
  }

  /** Returns when `wanted` pods were ready again after `since` and until some time since `notBefore`; undefined where they were not, or still are. */
  findReadyBefore(wanted: number, since: number, notBefore: number): ReadyChange | undefined {
    const fewerAt = this.#ready.fewerSince(wanted);
    if (fewerAt === undefined || fewerAt <= since || fewerAt < notBefore) return undefined;
    return this.findReadyAgain(wanted, since, fewerAt);
  }

  /** Returns when fewer than `wanted` pods were first ready after a time; undefined where they never were. */
  findFewerAfter(wanted: number, after: number): ReadyChange | undefined {
    this.look();
    const fewer = this.#ready.fewerAfter(wanted, after);
    if (!fewer) return undefined;
    const { at, seenAt } = fewer;
    const unseen = this.#unseenTime.around(at, lookedWithinMs);
    return unseen ? { at, notBefore: Math.max(after, seenAt, unseen.from) } : { at };
  }

  /** How many pods are ready now. */
  countReady(): number {
    return countReady(this.view().pods);
  }

  /** How many pods there are besides those that end, when all of them are ready; 0 otherwise. */
  countIfAllReady(): number {
    const staying = this.view().pods.filter(({ terminating }) => !terminating);
    return staying.every(({ ready }) => ready) ? staying.length : 0;
  }

  /** Every change of the pods since the run began, also before a restart, oldest first. */
  changes(): readonly PodChange[] {
    const { podChanges = [] } = this.#earlier ?? {};
    const unseen = this.#unseen ?? [];
    const all = [...podChanges, ...unseen, ...this.#watch.changes()];
    return unseen.length === 0 ? all : all.toSorted((one, other) => one.at - other.at);
  }

  #nodeChanges(): readonly NodeChange[] {
    return [...(this.#earlier?.nodeChanges ?? []), ...this.#watch.nodeChanges()];
  }

  /** What a restart goes on with. */
  state(): Pick<
    Checkpoint,
    'podChanges' | 'nodeChanges' | 'ready' | 'podsUnseen' | 'pods' | 'surroundings' | 'wanted'
  > {
    this.look();
    const pods = this.hasSeen() ? this.view().pods : this.#earlier?.pods;
    return {
      podChanges: this.changes(),
      nodeChanges: this.#nodeChanges(),
      ready: this.#ready.points(),
      podsUnseen: this.#unseenTime.state(),
      wanted: this.wanted.state(),
      ...(pods ? { pods } : {}),
      surroundings: { ...this.#earlier?.surroundings, ...this.#watch.surroundings() },
    };
  }

  /** What was seen of the pods and their nodes in a span. */
  measurement({
    startedAt,
    endedAt,
    seenSince,
  }: PodSpan): Pick<PhaseMeasurement, 'pods' | 'nodes'> {
    this.look();
    const isWithin = ({ at }: { at: number }) => at >= seenSince && at <= endedAt;
    const nodes = this.#nodeChanges().filter(isWithin);
    const unseenMs = Math.round(this.#unseenTime.within({ from: startedAt, until: endedAt }));
    const gaps = this.#unseenTime.gapsIn({ from: seenSince, until: endedAt });
    const readyAtEnd = this.#ready.least(endedAt, endedAt) ?? this.countReady();
    return {
      pods: {
        desired: this.wanted.ready,
        leastReady: Math.min(this.#ready.least(startedAt, endedAt) ?? readyAtEnd, readyAtEnd),
        readyAtEnd,
        ...(unseenMs === 0 ? {} : { unseenMs }),
        changes: this.changes().filter(isWithin),
        ...(gaps.length === 0 ? {} : { gaps }),
      },
      ...(nodes.length === 0 ? {} : { nodes }),
    };
  }

  close(): Promise<void> {
    return this.#watch.close();
  }
}

/** Pods are shown on cards, too: they are never looked at more seldom than this asks for. */
const longestFreshMs = 15_000;

/** The first look after the cluster has shown the pods again. */
const lookedWithinMs = 2_000;

function toFreshWithinMs({ proposal }: Run): number {
  const allowed = proposal.guards.flatMap((guard) =>
    guard.kind === 'lost-sight' ? [guard.afterMs] : [],
  );
  return Math.min(longestFreshMs, ...allowed);
}
