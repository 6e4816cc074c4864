import { countHitPods } from '../domain/fault.ts';
import { wasAskedToEnd } from '../domain/ended-early.ts';
import type { CarryingPod, FaultEvidence, FaultRecord, Injection } from '../domain/injection.ts';
import type { PodChange, PodsView } from '../domain/measurement.ts';
import { listPodsAtStart } from '../domain/pods-at-start.ts';
import type { ExecutionReport } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { findMismatches, findOthers } from '../evidence/injection/compare-injection.ts';
import {
  findCarriers,
  tellCarriersApart,
  type CarriersApart,
} from '../evidence/injection/find-carriers.ts';
import { ExecutorClock, sayingDelayMs } from '../evidence/injection/executor-clock.ts';
import {
  correctRecord,
  findOwnRecords,
  findSameRecords,
  markRead,
  toRecordedHits,
  type RecordsBefore,
} from '../evidence/injection/find-recorded.ts';
import {
  findSignatures,
  tellApart,
  toHitPod,
  toldWithinMs,
  type SignedHit,
  type ToldApart,
} from '../evidence/injection/find-signatures.ts';
import type { InjectionState } from '../evidence/injection/injection-state.ts';
import type { Clock } from './ports/clock.ts';
import type { ClusterSight } from './ports/cluster-sight.ts';

export type InjectionWatchOptions = {
  readonly cluster: ClusterSight;
  readonly clock: Clock;
  readonly changes: () => readonly PodChange[];
  readonly view: () => PodsView;
  /** Whether pods were observed all the time between the two. */
  readonly isWatched: (from: number, until: number) => boolean;
  /** Whether our clock was not set back in this run. */
  readonly isClockSteady: () => boolean;
  readonly resumeFrom: InjectionState | undefined;
};

/** What is known of the fault at a moment. */
type Found = ToldApart & { readonly source: Injection['source'] };

const noneFound: Found = { source: 'signature', hits: [], doubtful: [] };
const readEveryMs = 5_000;
/** Where records may not be read, they are asked for again after this: somebody may allow it meanwhile. */
const refusedForMs = 60_000;
/** How far the clock of the executor may be ahead of ours. */
const clockSkewMs = 5_000;
/** No fault shows so soon after its start was asked for. */
const quickMs = 1_000;
/** Chaos Mesh has recorded by then what it did to a pod. */
const recordedWithinMs = 2_000;
/** Records that could not be read for so long are not waited for. */
const unreadForMs = 3 * readEveryMs;
/** Pods are looked at at least as often as this while all is well. */
const freshWithinMs = 15_000;

/** Looks for proof that the fault of a run was injected, and compares the fault with what was approved. */
export class InjectionWatch {
  readonly #options: InjectionWatchOptions;
  readonly #records: Map<string, FaultRecord>;
  readonly #executorClock: ExecutorClock;
  #before: RecordsBefore | undefined;
  /** The names of the pods that carried a fault before the start was asked for. */
  #carriedBefore: readonly string[];
  #preparingAt: number | undefined;
  #heardPreparingAt: number;
  #readAgainAt = 0;
  /** When records were last read; undefined while they may not be. */
  #readAt: number | undefined;
  #reading = false;

  constructor(options: InjectionWatchOptions) {
    this.#options = options;
    const {
      records = [],
      preparingAt,
      clock,
      before,
      carriedBefore = [],
    } = options.resumeFrom ?? {};
    this.#records = new Map(records.map((record) => [record.uid, record]));
    this.#executorClock = new ExecutorClock(clock);
    this.#before = before;
    this.#carriedBefore = carriedBefore;
    this.#preparingAt = preparingAt;
    this.#heardPreparingAt = preparingAt ?? Number.NEGATIVE_INFINITY;
  }

  state(): InjectionState {
    return {
      records: Array.from(this.#records.values()),
      clock: this.#executorClock.state(),
      ...(this.#before ? { before: this.#before } : {}),
      ...(this.#carriedBefore.length > 0 ? { carriedBefore: this.#carriedBefore } : {}),
      ...(this.#preparingAt === undefined ? {} : { preparingAt: this.#preparingAt }),
    };
  }

  /** When the executor was last asked and said that it was only preparing; undefined when it never did. */
  get preparingAt(): number | undefined {
    return this.#preparingAt;
  }

  /** Returns the earliest time at which the executor may have begun the fault, ms since the epoch. It reports with a delay that it has finished preparing. */
  findEarliest(askedAt: number): number {
    return Math.max(askedAt, (this.#preparingAt ?? askedAt) - sayingDelayMs);
  }

  /** Whether the executor has just said that it is only preparing. */
  get isPreparing(): boolean {
    return this.#options.clock.now() - this.#heardPreparingAt < sayingDelayMs;
  }

  /** When the executor was last asked and said that the fault is active; undefined when it never did. */
  get activeAt(): number | undefined {
    return this.#executorClock.state().active?.last;
  }

  /** Learns what the executor said now, when it was asked at `readAt`; returns it with its times by our clock, where the two can be told apart. */
  hear(
    report: ExecutionReport,
    { startRequestedAt: askedAt }: Run,
    readAt: number,
  ): ExecutionReport {
    const now = this.#options.clock.now();
    // An answer that is long on its way may have been overtaken by the fault: it was true when it was asked for.
    if (report.state === 'preparing') {
      this.#preparingAt = readAt;
      this.#heardPreparingAt = now;
    }
    if (askedAt === undefined || !this.#options.isClockSteady()) return report;
    return this.#executorClock.correct(report, { now, readAt, askedAt });
  }

  /**
   * Notes, before the start is asked for, which pods carry a fault already. Reads Chaos Mesh's records when that is due: those that there are before the start
   * are not of this run. Never rejects; nobody needs to wait for it.
   */
  async look(run: Run): Promise<void> {
    if (run.startRequestedAt === undefined)
      this.#carriedBefore = this.#listCarriers().map(({ pod }) => pod);
    const { clock } = this.#options;
    const { service, cluster, rehearsal = false } = run.proposal;
    if (rehearsal || this.#reading || clock.now() < this.#readAgainAt) return;
    this.#reading = true;
    const begunAt = clock.now();
    try {
      const records = await this.#options.cluster.readFaultRecords(service, cluster);
      this.#readAt = records && begunAt;
      this.#keep(run, records ?? [], begunAt);
      this.#readAgainAt = clock.now() + (records ? readEveryMs : refusedForMs);
    } catch {
      this.#readAgainAt = clock.now() + readEveryMs;
    } finally {
      this.#reading = false;
    }
  }

  #keep(
    { startRequestedAt, proposal: { fault, service } }: Run,
    records: readonly FaultRecord[],
    readAt: number,
  ): void {
    const answeredAt = this.#options.clock.now();
    if (startRequestedAt !== undefined) {
      // What an answer tells of may have come after the question.
      for (const record of records)
        this.#records.set(record.uid, markRead(record, this.#records.get(record.uid), answeredAt));
      return;
    }
    // An answer that took long may tell of what came after the start.
    if (this.#readAt === undefined || answeredAt - readAt > quickMs) return;
    const same = findSameRecords(records, { action: fault.action, labels: service.selector });
    this.#before = { readAt, uids: same.map(({ uid }) => uid) };
  }

  /** What shows that the fault was injected; undefined while nothing does. */
  findEvidence(run: Run): FaultEvidence | undefined {
    const { source, hits } = this.#find(run, run.execution ?? {});
    const [first] = hits.toSorted((one, other) => one.evidence.at - other.evidence.at);
    return first && { ...first.evidence, source };
  }

  /** The pods that were hit, and since when. `execution`: what the executor says of it. */
  findHits(run: Run, execution: Partial<ExecutionReport>): readonly SignedHit[] {
    return this.#find(run, execution).hits;
  }

  /** When the first pod may have been hit that somebody else may have hit while the executor prepared the fault; undefined where there is none. */
  findDoubtfulAt(run: Run, execution: Partial<ExecutionReport>): number | undefined {
    const { doubtful } = this.#find(run, execution);
    const earliest = this.findEarliest(run.startRequestedAt ?? run.phaseSince);
    const times = doubtful.map(({ from, notBefore = from }) => Math.max(notBefore, earliest));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** What happened to pods, with the evidence that is in the journal: a process that was killed may have kept no more of it. */
  #listChanges({ faultSeen }: Run): readonly PodChange[] {
    const changes = this.#options.changes();
    if (!faultSeen || faultSeen.source === 'chaos-mesh') return changes;
    const isKept = changes.some(
      ({ at, pod, kind }) =>
        at === faultSeen.at && pod === faultSeen.pod && kind === faultSeen.kind,
    );
    return isKept ? changes : [...changes, faultSeen].toSorted((one, other) => one.at - other.at);
  }

  #find(run: Run, { startedAt, stoppedAt }: Partial<ExecutionReport>): Found {
    const { startRequestedAt: askedAt, proposal } = run;
    const { fault, service } = proposal;
    if (askedAt === undefined || proposal.rehearsal) return noneFound;
    const now = this.#options.clock.now();
    const begunAt = startedAt ?? run.faultStartedAt;
    const { least } = countHitPods(fault, listPodsAtStart(run).length);
    const earliest = this.findEarliest(askedAt);
    const signed = findSignatures({
      fault,
      least,
      changes: this.#listChanges(run),
      from: Math.max(earliest, (begunAt ?? askedAt) - clockSkewMs),
      until: (stoppedAt ?? run.faultEndedAt ?? now) + toldWithinMs,
      now,
    });
    const before = this.#before ? { before: this.#before } : {};
    const sought = { action: fault.action, labels: service.selector, askedAt, ...before };
    const own = findOwnRecords(Array.from(this.#records.values()), sought).map((record) =>
      correctRecord(record, earliest),
    );
    if (own.length > 0) {
      const hits = toRecordedHits(own, signed, { ...sought, earliest });
      return { source: 'chaos-mesh', hits, doubtful: [] };
    }
    const unrecorded = signed.filter((hit) => this.#isUnrecorded(hit, now));
    return {
      source: 'signature',
      ...tellApart(unrecorded, { least, preparingAt: this.#preparingAt ?? askedAt }),
    };
  }

  /**
   * Whether what happened to a pod counts although Chaos Mesh has no record of the fault: where its records may not be read, or can't be for a while. Images
   * are swapped in place by nobody else.
   */
  #isUnrecorded({ evidence }: SignedHit, now: number): boolean {
    if (evidence.kind === 'image') return true;
    // Whether they may be read is not known before the first answer.
    const isAsked = this.#readAgainAt > 0;
    if (isAsked && this.#readAt === undefined) return true;
    const readAt = this.#readAt ?? evidence.at;
    return readAt < evidence.at + recordedWithinMs && now - readAt > unreadForMs;
  }

  /**
   * Compares what the fault did with what was approved; undefined when nothing shows that it was injected. `endedAt`: when its executor was done with it.
   * `wasLeft`: whether pods were seen to carry it for longer. `endedByUs`: whether Azure was asked for its end, where the journal does not say so yet.
   */
  judge(
    run: Run,
    execution: ExecutionReport,
    {
      endedAt,
      wasLeft = false,
      endedByUs = wasAskedToEnd({ ...run, execution }),
    }: { readonly endedAt: number; readonly wasLeft?: boolean; readonly endedByUs?: boolean },
  ): Injection | undefined {
    const { source, hits } = this.#find(run, execution);
    if (hits.length === 0) return undefined;
    const hit = hits.map(toHitPod);
    const { fault, blastRadius } = run.proposal;
    const changes = this.#listChanges(run);
    const isLeftBehind = wasLeft || this.isCarried(run, execution);
    const names = [...blastRadius.pods, ...this.#options.view().pods].map(({ name }) => name);
    const mismatches = findMismatches({
      source,
      fault,
      approvedPods: blastRadius.pods.length,
      podsAtStart: listPodsAtStart(run).length,
      ownPods: new Set([...names, ...changes.map(({ pod }) => pod)]),
      hit,
      unreplaced: hits.flatMap(({ pod, isUnreplaced }) => (isUnreplaced ? [pod] : [])),
      isWatched: this.#options.isWatched(run.startRequestedAt ?? endedAt, endedAt),
      isTimed: this.#options.isClockSteady(),
      executor: this.#toSpan(run, execution, endedAt),
      endedByUs,
      isLeftBehind,
      ...(isLeftBehind && this.findCarrying(run, execution).length > 0
        ? { carriedAt: this.#options.view().confirmedAt }
        : {}),
    });
    const from = Math.min(run.faultActiveAt ?? endedAt, ...hit.map((one) => one.from));
    return { source, hit, others: findOthers(changes, hit, { from, until: endedAt }), mismatches };
  }

  /** The executor counts its preparations in. Where it tells no times, only that it cannot have lasted as long as was asked for is known. */
  #toSpan(run: Run, { startedAt, stoppedAt }: ExecutionReport, endedAt: number) {
    if (!this.#options.isClockSteady())
      return startedAt === undefined || stoppedAt === undefined ? {} : { startedAt, stoppedAt };
    if (startedAt !== undefined && stoppedAt !== undefined)
      return { startedAt: Math.max(startedAt, this.#preparingAt ?? startedAt), stoppedAt };
    const longest = {
      startedAt: this.#preparingAt ?? run.startRequestedAt,
      stoppedAt: endedAt,
      isMost: true,
    } as const;
    const isShort = endedAt - (longest.startedAt ?? -Infinity) < run.proposal.fault.durationMs;
    return isShort ? longest : {};
  }

  /** Whether pods carry the fault now. A view that the cluster has not confirmed lately shows nothing of it. */
  isCarried(run: Run, execution: Partial<ExecutionReport>): boolean {
    return this.#isFresh() && this.findCarrying(run, execution).length > 0;
  }

  /** Whether pods that carried the fault are rid of it, all of them. */
  isRemoved(run: Run, execution: Partial<ExecutionReport> = run.execution ?? {}): boolean {
    const isImage = run.faultSeen?.kind === 'image';
    return isImage && this.#isFresh() && this.findCarrying(run, execution).length === 0;
  }

  #isFresh(): boolean {
    return this.#options.clock.now() - this.#options.view().confirmedAt <= freshWithinMs;
  }

  /** Until when pods were last seen to carry the fault, by their images, and when they were found rid of it; undefined where none carried it. */
  findCarried(
    run: Run,
    execution: Partial<ExecutionReport>,
  ): { readonly seenUntil: number; readonly goneBy: number } | undefined {
    if (run.proposal.fault.action !== 'pod-failure') return undefined;
    const { confirmedAt } = this.#options.view();
    const carrying = new Set(this.findCarrying(run, execution).map(({ pod }) => pod));
    const ends = this.findHits(run, execution).flatMap((hit) => {
      const { pod, until, goneNotBefore, evidence } = hit;
      const goneBy = until ?? (carrying.has(pod) ? confirmedAt : undefined);
      if (evidence.kind !== 'image' || goneBy === undefined) return [];
      return { seenUntil: goneNotBefore ?? goneBy, goneBy };
    });
    const latest = (field: 'seenUntil' | 'goneBy') => Math.max(...ends.map((end) => end[field]));
    return ends.length === 0
      ? undefined
      : { seenUntil: latest('seenUntil'), goneBy: latest('goneBy') };
  }

  /** The pods that carry the fault of the run now, or did when they were last seen. `execution`: what the executor says of it. */
  findCarrying(
    run: Run,
    execution: Partial<ExecutionReport> = run.execution ?? {},
  ): readonly CarryingPod[] {
    return this.#tellCarriers(run, execution).own;
  }

  /** The pods that carry somebody else's fault now, or did when they were last seen. */
  findOtherCarrying(run: Run): readonly CarryingPod[] {
    return this.#tellCarriers(run, run.execution ?? {}).others;
  }

  /** Only pod-failure leaves something on pods, and a rehearsal nothing. */
  #tellCarriers(run: Run, execution: Partial<ExecutionReport>): CarriersApart {
    const carriers = this.#listCarriers();
    const { fault, rehearsal = false } = run.proposal;
    if (carriers.length === 0 || rehearsal || fault.action !== 'pod-failure')
      return { own: [], others: carriers };
    const { source, hits } = this.#find(run, execution);
    return tellCarriersApart(carriers, {
      hit: new Set(hits.map(({ pod }) => pod)),
      least: countHitPods(fault, listPodsAtStart(run).length).least,
      areAllNamed: source === 'chaos-mesh',
      before: new Set(this.#carriedBefore),
      changes: this.#options.changes(),
    });
  }

  #listCarriers(): readonly CarryingPod[] {
    const { pods, confirmedAt } = this.#options.view();
    return findCarriers(confirmedAt > 0 ? pods : undefined, this.#options.changes());
  }
}
