import type { Guard, Sight } from '../domain/guard.ts';
import { isQuantile } from '../domain/hypothesis.ts';
import {
  countReady,
  type NodeChange,
  type PhaseMeasurement,
  type PodChange,
  type SecondMeasurement,
} from '../domain/measurement.ts';
import { readSince, type MetricMeasurement, type MetricReading } from '../domain/metric.ts';
import type { Progress } from '../domain/progress.ts';
import type { Phase, Run } from '../domain/run.ts';
import type { Checkpoint } from './ports/checkpoint-store.ts';
import type { Clock } from './ports/clock.ts';
import type { ClusterSight } from './ports/cluster-sight.ts';
import type { MetricProbe, MetricSession } from './ports/metric-probe.ts';
import type { PredictionProbe, ProbeSession, ProbeState } from './ports/prediction-probe.ts';
import type { SampleStore, SampleWriter } from './ports/sample-store.ts';

export type SightingDeps = {
  readonly cluster: ClusterSight;
  readonly predictions: PredictionProbe;
  readonly metrics: MetricProbe;
  readonly clock: Clock;
  /** Where single predictions are kept; without, they are not. */
  readonly samples?: SampleStore;
};

type PhaseInSight = {
  readonly phase: Phase;
  readonly startedAt: number;
  readonly lookingSince: number;
  readonly probe: ProbeSession;
  readonly metrics: MetricSession;
  leastReady: number;
};

/** The eyes on one run: predictions and pods, measured phase by phase, without a gap in looking at the pods between them. */
export class Sighting {
  readonly #deps: SightingDeps;
  readonly #run: Run;
  readonly #watch;
  readonly #samples: SampleWriter | undefined;
  readonly #floorWindowsMs: readonly number[];
  readonly #earlierChanges: readonly PodChange[];
  readonly #earlierNodeChanges: readonly NodeChange[];
  readonly #pastSeconds: SecondMeasurement[];
  /** Up to when phases are in the journal with their seconds and pod changes; undefined while none is. */
  #recordedUntil: number | undefined;
  #resumable: Checkpoint | undefined;
  #current: PhaseInSight | undefined;

  constructor(run: Run, checkpoint: Checkpoint | undefined, deps: SightingDeps) {
    const { service, cluster, guards } = run.proposal;
    this.#deps = deps;
    this.#run = run;
    this.#watch = deps.cluster.watch(service, cluster, toFreshWithinMs(guards));
    this.#samples = deps.samples?.open(run.id);
    this.#floorWindowsMs = guards.flatMap((guard) =>
      guard.kind === 'availability-floor' ? [guard.windowMs] : [],
    );
    this.#earlierChanges = checkpoint?.podChanges ?? [];
    this.#earlierNodeChanges = checkpoint?.nodeChanges ?? [];
    this.#pastSeconds = [...(checkpoint?.seconds ?? [])];
    this.#recordedUntil = (run.observed ?? run.baseline)?.measurement.endedAt;
    this.#resumable = checkpoint;
  }

  /**
   * Begins to measure a phase, ending the one before. A phase that a restart interrupted goes on where its checkpoint left it. `since`
   * dates the phase back, up to 60 s, to take in predictions that the phase before sent already.
   */
  async begin(phase: Phase, since?: number): Promise<void> {
    const resumed = this.#resumable?.phase === phase ? this.#resumable : undefined;
    this.#resumable = undefined;
    const carried = since === undefined ? undefined : this.#current?.probe.since(since);
    const read = since === undefined ? [] : (this.#current?.metrics.measurements() ?? []);
    await this.#endCurrent();
    const now = this.#deps.clock.now();
    this.#current = {
      phase,
      startedAt: resumed?.startedAt ?? since ?? now,
      lookingSince: now,
      probe: this.#startProbe(phase, resumed?.probe ?? carried),
      metrics: this.#deps.metrics.start(
        this.#run.proposal.service,
        resumed?.metrics ?? read.map((one) => readSince(one, since ?? now)),
      ),
      leastReady: resumed?.leastReady ?? Number.POSITIVE_INFINITY,
    };
  }

  #startProbe(phase: Phase, resumeFrom: ProbeState | undefined): ProbeSession {
    const { service, hypothesis } = this.#run.proposal;
    const latencyLimitsMs = hypothesis.tolerances.flatMap(({ signal, bound }) =>
      isQuantile(signal) ? [bound] : [],
    );
    return this.#deps.predictions.start(service, {
      latencyLimitsMs,
      ...(resumeFrom === undefined ? {} : { resumeFrom }),
      onSample: (sample) => this.#samples?.write({ ...sample, phase }),
    });
  }

  /** Looks once: to be called at each tick, so that the fewest ready pods of the phase are known. */
  look(): Omit<Sight, 'stream'> {
    const current = this.#inSight();
    const view = this.#watch.view();
    if (view.confirmedAt > 0)
      current.leastReady = Math.min(current.leastReady, countReady(view.pods));
    return {
      now: this.#deps.clock.now(),
      since: current.lookingSince,
      windows: this.#windows(),
      predictionsAt: current.probe.lastEndedAt(),
      podsAt: view.confirmedAt > 0 ? view.confirmedAt : null,
    };
  }

  #windows() {
    const { probe } = this.#inSight();
    return this.#floorWindowsMs.map((windowMs) =>
      Object.assign({ windowMs }, probe.window(windowMs)),
    );
  }

  /** Good predictions of the last `windowMs`, and pods ready now: what recovery is judged by while it goes on. */
  now(windowMs: number): { sent: number; good: number; ready: number } {
    const { sent, good } = this.#inSight().probe.window(windowMs);
    return { sent, good, ready: countReady(this.#watch.view().pods) };
  }

  /** What the last reading of a metric gave. */
  latest(metric: string): MetricReading | undefined {
    return this.#inSight().metrics.latest(metric);
  }

  /** Pod changes at or after `at`, oldest first. */
  changesSince(at: number): readonly PodChange[] {
    return this.#changes().filter((change) => change.at >= at);
  }

  /** The start of the first second at or after `at` in which predictions failed. */
  firstFailureSince(at: number): number | undefined {
    return this.seconds().find((second) => second.at >= at && second.good < second.sent)?.at;
  }

  /** The seconds of all phases so far, oldest first, with those that a checkpoint brought. */
  seconds(): readonly SecondMeasurement[] {
    return [...this.#pastSeconds, ...(this.#current?.probe.seconds() ?? [])];
  }

  #changes(): readonly PodChange[] {
    return [...this.#earlierChanges, ...this.#watch.changes()];
  }

  #nodeChanges(): readonly NodeChange[] {
    return [...this.#earlierNodeChanges, ...this.#watch.nodeChanges()];
  }

  progress(shown: { endsAt?: number; note?: string }): Progress {
    const { phase, probe } = this.#inSight();
    return {
      at: this.#deps.clock.now(),
      phase,
      predictions: probe.total(),
      seconds: this.seconds(),
      pods: this.#watch.view(),
      changes: this.#changes(),
      windows: this.#windows(),
      ...this.#readings(),
      ...shown,
    };
  }

  #readings(): Pick<Progress, 'metrics'> {
    const { metrics = [] } = this.#run.proposal.service;
    const readings = metrics.flatMap(({ name }) => {
      const reading = this.latest(name);
      return reading ? [{ name, reading }] : [];
    });
    return metrics.length === 0 ? {} : { metrics: readings };
  }

  checkpoint(): Checkpoint {
    const { phase, startedAt, probe, metrics, leastReady } = this.#inSight();
    return {
      phase,
      startedAt,
      probe: probe.state(),
      podChanges: this.#changes(),
      nodeChanges: this.#nodeChanges(),
      leastReady: Number.isFinite(leastReady) ? leastReady : 0,
      ...toMetrics(metrics),
      seconds: this.seconds(),
    };
  }

  /** Ends the phase and says what was measured in it. Predictions in flight are waited for. */
  async end(): Promise<PhaseMeasurement> {
    this.look();
    const { startedAt, probe, metrics, leastReady } = this.#inSight();
    const predictions = await probe.stop();
    const endedAt = this.#deps.clock.now();
    await this.#endCurrent();
    const readyAtEnd = countReady(this.#watch.view().pods);
    // What was seen between two recorded phases goes with the second, so that the record has no gap.
    const seenSince = Math.min(startedAt, this.#recordedUntil ?? startedAt);
    this.#recordedUntil = endedAt;
    const nodes = this.#nodeChanges().filter(({ at }) => at >= seenSince && at <= endedAt);
    return {
      startedAt,
      endedAt,
      predictions,
      seconds: this.#pastSeconds.filter(({ at, spanMs = 1_000 }) => at + spanMs > seenSince),
      pods: {
        desired: this.#run.proposal.blastRadius.ready,
        leastReady: Math.min(leastReady, readyAtEnd),
        readyAtEnd,
        changes: this.changesSince(seenSince).filter(({ at }) => at <= endedAt),
      },
      ...toMetrics(metrics),
      ...(nodes.length === 0 ? {} : { nodes }),
    };
  }

  async close(): Promise<void> {
    await this.#endCurrent();
    await this.#watch.close();
    await this.#samples?.close();
  }

  async #endCurrent(): Promise<void> {
    const ending = this.#current;
    this.#current = undefined;
    if (!ending) return;
    ending.metrics.stop();
    await ending.probe.stop();
    this.#pastSeconds.push(...ending.probe.seconds());
  }

  #inSight(): PhaseInSight {
    if (!this.#current) throw new TypeError('No phase is being measured.');
    return this.#current;
  }
}

function toMetrics(session: MetricSession): { readonly metrics?: readonly MetricMeasurement[] } {
  const metrics = session.measurements();
  return metrics.length === 0 ? {} : { metrics };
}

/** Pods are shown on cards, too: they are never looked at more seldom than this asks for. */
const longestFreshMs = 15_000;

function toFreshWithinMs(guards: readonly Guard[]): number {
  const allowed = guards.flatMap((guard) => (guard.kind === 'lost-sight' ? [guard.afterMs] : []));
  return Math.min(longestFreshMs, ...allowed);
}
