import type { DatedTrip, GuardTrip } from '../domain/guard.ts';
import { isQuantile } from '../domain/hypothesis.ts';
import type { PhaseMeasurement, SecondMeasurement } from '../domain/measurement.ts';
import type { ResultBatch } from '../domain/prediction-result.ts';
import type { Progress } from '../domain/progress.ts';
import type { BetweenPhases } from '../domain/run-event.ts';
import type { Phase, Run } from '../domain/run.ts';
import type { DueEntry } from '../evidence/predictions/due-history.ts';
import { PredictionLedger } from '../evidence/predictions/prediction-ledger.ts';
import type { Sight } from '../guards/guard-watch.ts';
import { toSamples } from '../evidence/predictions/to-samples.ts';
import type { GuardAlarm } from './guard-alarm.ts';
import { InjectionWatch } from './injection-watch.ts';
import { MetricMonitor, type MetricSight } from './metric-monitor.ts';
import { PodMonitor, type PodSpan } from './pod-monitor.ts';
import type { Checkpoint, RecoveryState } from './ports/checkpoint-store.ts';
import type { Clock } from './ports/clock.ts';
import type { ClusterSight } from './ports/cluster-sight.ts';
import type { MetricProbe } from './ports/metric-probe.ts';
import type { PredictionProbe, ProbeSession } from './ports/prediction-probe.ts';
import type { SampleStore, SampleWriter } from './ports/sample-store.ts';
import { RunGuards } from './run-guards.ts';
import { betweenPhases, cutResults, toPhase, type Span } from './run-spans.ts';

export type MonitorDeps = {
  readonly cluster: ClusterSight;
  readonly predictions: PredictionProbe;
  readonly metrics: MetricProbe;
  readonly clock: Clock;
  /** Where single predictions are kept; without, they are not. */
  readonly samples?: SampleStore;
};

/** Before any fault there is time to wait for the thread that predicts, which takes seconds to load on a busy machine. */
const longestWaitMs = 15_000;

/** Watches one run from its baseline to its end: one stream of predictions, the pods, the metrics and the guards, through all phases. */
export class RunMonitor {
  readonly #deps: MonitorDeps;
  readonly #run: Run;
  #samples: SampleWriter | undefined;
  readonly #ledger: PredictionLedger;
  readonly #guards: RunGuards;
  readonly #metrics: MetricMonitor;
  readonly #earlier: Checkpoint | undefined;
  /** Until when the process before this one saw predictions, and no later than when this one began: its clock may have been ahead. Null without a restart. */
  readonly #seenBefore: number | null;
  /** When this process took up the run after a restart; nothing without one. */
  readonly #resumed: Pick<Sight, 'resumedAt'>;
  /** What is seen of the pods. */
  readonly pods: PodMonitor;
  /** What shows that the fault was injected. */
  readonly injection: InjectionWatch;
  /** How far the service is back: also what a restart goes on with. */
  recovery: RecoveryState | undefined;
  readonly #begun: Set<string>;
  #session: ProbeSession | undefined;
  #span: Span = 'baseline';
  /** Up to when phases are in the journal with their seconds and pod changes, or since when there is something to record; undefined before. */
  #recordedUntil: number | undefined;
  /** How far the clock was set back since this process watches. */
  #behindMs = 0;
  /** Whether it was set back, also before a restart: which prediction was due in which phase is not known any more then. */
  #isSetBack: boolean;
  #finishesAt = Number.POSITIVE_INFINITY;

  constructor(run: Run, checkpoint: Checkpoint | undefined, deps: MonitorDeps) {
    const { service } = run.proposal;
    this.#deps = deps;
    this.#run = run;
    this.#earlier = checkpoint;
    this.recovery = checkpoint?.recovery;
    const [now, until] = [deps.clock.now(), checkpoint?.ledger.until];
    this.#seenBefore = until === undefined ? null : Math.min(until, now);
    this.#resumed = checkpoint ? { resumedAt: now } : {};
    this.#isSetBack = checkpoint?.isClockSetBack === true || now < (until ?? 0);
    this.pods = new PodMonitor(run, checkpoint, deps);
    this.#samples = deps.samples?.open(run.id);
    const { ratePerSecond } = service.scoring;
    this.#ledger = new PredictionLedger({
      ratePerSecond,
      latencyLimitsMs: toLatencyLimits(run),
      ...(checkpoint ? { resumeFrom: checkpoint.ledger } : {}),
    });
    this.#begun = new Set(checkpoint?.ledger.spans.map(({ name }) => name));
    this.#guards = new RunGuards(run, checkpoint);
    if (checkpoint?.overSince !== undefined) this.endGuards(checkpoint.overSince);
    this.injection = new InjectionWatch({
      cluster: deps.cluster,
      clock: deps.clock,
      changes: () => this.pods.changes(),
      view: () => this.pods.view(),
      isWatched: (from, until) => this.pods.isWatched(from, until),
      isClockSteady: () => !this.#isSetBack,
      resumeFrom: checkpoint?.injection,
    });
    this.#metrics = new MetricMonitor(service, deps.metrics, checkpoint);
    this.#recordedUntil = (run.observed ?? run.baseline)?.measurement.endedAt;
  }

  /**
   * Begins a span at a due time, by default now, which ends the one before it there. One that a restart interrupted goes on. Predictions are sent from the
   * first call on, until the monitor is closed.
   */
  begin(span: Span, at = this.#deps.clock.now()): void {
    this.#span = span;
    if (!this.#begun.has(span)) this.#ledger.begin(span, at);
    this.#metrics.begin(this.#ledger.span(span).from);
    // Pods are seen from here on, also while the thread that predicts is not ready.
    this.#recordedUntil ??= at;
    this.#begun.add(span);
    this.#session ??= this.#deps.predictions.start(this.#run.proposal.service, {
      onResults: (batch) => this.#take(batch),
      onClockTurnedBack: (behindMs) => {
        this.#behindMs = behindMs;
        this.#isSetBack = true;
      },
      latencyLimitsMs: toLatencyLimits(this.#run),
      ...(span === 'baseline' && !this.#earlier ? { startWithinMs: longestWaitMs } : {}),
    });
  }

  /** From when on this process's predictions are due; undefined while the thread that sends them is not ready. Ms since the epoch. */
  get sendingSince(): number | undefined {
    return this.#session?.startedAt();
  }

  #take(batch: ResultBatch): void {
    const findPhase = (dueAt: number) => toPhase(this.#ledger.spanAt(dueAt) ?? this.#span);
    for (const entry of this.#ledger.take(cutResults(batch, this.#finishesAt))) {
      for (const sample of toSamples(entry, findPhase)) this.#samples?.write(sample);
      this.#guards.show(entry);
    }
    this.pods.look();
    const isKnown = this.guardAlarm.trip !== undefined;
    if (!isKnown && this.findTrip()) this.guardAlarm.sound();
  }

  /** Tells the guards when the start of the fault was asked for; they hold from then on. */
  armGuards(startRequestedAt: number): void {
    const earlier = this.#earlier?.ledger.seconds.filter(({ at }) => at >= startRequestedAt);
    // By a clock that was set back it may lie ahead.
    this.#guards.arm(Math.min(startRequestedAt, this.#deps.clock.now()), earlier);
  }

  /** The guard that ends the fault: one that trips now, or has tripped since; undefined while all held, or before they are armed. */
  findTrip(): DatedTrip | undefined {
    const { knownUntil } = this.#ledger;
    return this.#guards.findTrip(this.sight(), { at: this.#deps.clock.now(), knownUntil });
  }

  /** Tells the guards that the fault was over at a time: what is due from then on does not concern them. */
  endGuards(at: number): void {
    this.#guards.end(at);
  }

  /** The floor that would end the fault as soon as its start is asked for; what other guards count begins then. */
  findBrokenFloor(): GuardTrip | undefined {
    return this.#guards.findBrokenFloor(this.sight());
  }

  /** Returns when predictions and pods were seen last, for guards. */
  sight(): Sight {
    const now = this.#deps.clock.now();
    const { podsAt, ...problem } = this.pods.sight();
    // By the clock of predictions, which is not set back. What lies ahead of now was dated before that.
    const isDatedBefore = podsAt === null || podsAt > now;
    return {
      now: now + this.#behindMs,
      predictionsAt: this.#ledger.lastEndedAt ?? this.#seenBefore,
      podsAt: isDatedBefore ? podsAt : podsAt + this.#behindMs,
      ...problem,
      ...this.#resumed,
    };
  }

  /** Aborts as soon as a guard trips for the first time. */
  get alarm(): AbortSignal {
    return this.guardAlarm.signal;
  }

  /** What is to be recorded of a guard that tripped, and of the end of the fault that was asked for. */
  get guardAlarm(): GuardAlarm {
    return this.#guards.alarm;
  }

  /** Whether the clock by which phases are dated was set back in this run. */
  get isClockSetBack(): boolean {
    return this.#isSetBack;
  }

  /** Whether everything due before `at` is known, and every reading of a metric that was asked for before. */
  isSettled(at: number): boolean {
    const { knownUntil } = this.#ledger;
    return knownUntil >= at && this.#metrics.isSettled(at, knownUntil);
  }

  /** Until when another process watched, and what it knew of the recovery; undefined when none did. */
  get resumed(): { readonly until: number; readonly recovery?: RecoveryState } | undefined {
    if (!this.#earlier) return undefined;
    const { ledger, recovery } = this.#earlier;
    return { until: ledger.until, ...(recovery ? { recovery } : {}) };
  }

  /** Predictions and gaps that were due from `from` on and are settled, in order. */
  dueSince(from: number): readonly DueEntry[] {
    return this.#ledger.between(from, Number.POSITIVE_INFINITY);
  }

  /** Of what was due before this, single predictions are not kept; minus infinity where all are. Ms since the epoch. */
  get knownSince(): number {
    return this.#ledger.knownSince;
  }

  /** Everything due before this is known, ms since the epoch. */
  get knownUntil(): number {
    return this.#ledger.knownUntil;
  }

  /** Until when predictions are known and of account: none is that is due after the end of the measurement. Ms since the epoch. */
  get measuredUntil(): number {
    return Math.min(this.#ledger.knownUntil, this.#finishesAt);
  }

  /** What was read of a metric: last, and from `since` on. */
  metric(name: string, since: number): MetricSight {
    return this.#metrics.see(name, since);
  }

  progress(phase: Phase, shown: Pick<Progress, 'endsAt' | 'note' | 'unread'>): Progress {
    this.pods.look();
    return {
      at: this.#deps.clock.now(),
      phase,
      predictions: this.#ledger.progress(this.#span),
      seconds: this.#ledger.seconds(),
      pods: this.pods.view(),
      changes: this.pods.changes(),
      windows: this.#guards.windows(this.#ledger.lastEndedAt ?? this.#deps.clock.now()),
      ...this.#metrics.readings(),
      ...shown,
    };
  }

  checkpoint(phase: Phase): Checkpoint {
    return {
      phase,
      ledger: this.#ledger.state(),
      ...this.pods.state(),
      injection: this.injection.state(),
      ...(this.#isSetBack ? { isClockSetBack: true } : {}),
      ...(this.recovery ? { recovery: this.recovery } : {}),
      ...this.guardAlarm.state(),
      ...this.#metrics.state(),
    };
  }

  /** When a span began; undefined before it did. Ms since the epoch. */
  beginningOf(span: Span): number | undefined {
    return this.#begun.has(span) ? this.#ledger.span(span).from : undefined;
  }

  /** Moves the beginning of a span to when it really was, once that is known. */
  redate(span: Span, from: number): void {
    this.#ledger.redate(span, from);
    this.#metrics.begin(this.#ledger.span(span).from);
  }

  /** Keeps what single predictions there are: after a restart nothing is written of those that a checkpoint knows. Never rejects. */
  async keepSamples(): Promise<void> {
    await this.#samples?.flush();
  }

  /** Ends the measurement of the run at a time: what is due from then on is of no account. */
  finish(at: number): void {
    this.#finishesAt = at;
  }

  /** What was measured in a span, which is settled, until the next one began or the measurement ended. */
  measurement(span: Span): PhaseMeasurement {
    const { from: startedAt, until } = this.#ledger.span(span);
    const endedAt = Math.min(until, this.#finishesAt);
    // What was seen between two recorded phases goes with the second, so that the record has no gap.
    const seenSince = Math.min(startedAt, this.#recordedUntil ?? startedAt);
    this.#recordedUntil = endedAt;
    return this.#measure({ startedAt, endedAt, seenSince }, span);
  }

  /** What would have been measured in a span that is over, if it had begun and ended at other times: everything due by then is settled. */
  measurementAsOf(
    span: Span,
    asked: { readonly from: number; readonly until: number },
  ): PhaseMeasurement {
    const { from: startedAt, predictions } = this.#ledger.measurementAsOf(span, asked);
    const endedAt = Math.max(startedAt, asked.until);
    return this.#measure({ startedAt, endedAt, seenSince: startedAt }, span, predictions);
  }

  #measure(
    of: PodSpan,
    span: Span,
    predictions = this.#ledger.measurement(span, of.endedAt),
  ): PhaseMeasurement {
    const { startedAt, endedAt, seenSince } = of;
    return {
      startedAt,
      endedAt,
      ...(this.#isSetBack ? { misdatedMs: endedAt - startedAt, isClockSetBack: true } : {}),
      predictions,
      seconds: this.#secondsBetween(seenSince, endedAt),
      ...this.pods.measurement(of),
      ...this.#metrics.measurement(startedAt, endedAt),
    };
  }

  /** What predictions showed between the phases, as far as that was measured. */
  between(): BetweenPhases {
    const spans = betweenPhases.filter(([, span]) => this.#begun.has(span));
    return Object.fromEntries(spans.map(([name, span]) => [name, this.#ledger.measurement(span)]));
  }

  #secondsBetween(from: number, until: number): readonly SecondMeasurement[] {
    return this.#ledger
      .seconds()
      .filter(({ at, spanMs = 1_000 }) => at + spanMs > from && at < until);
  }

  /** Keeps what is still to be kept of single predictions, and none after that: whoever reads the summary may open the report at once. */
  async closeSamples(): Promise<void> {
    const samples = this.#samples;
    this.#samples = undefined;
    await samples?.close();
  }

  async close(): Promise<void> {
    this.#metrics.stop();
    await this.#session?.stop();
    await this.pods.close();
    await this.closeSamples();
  }
}

function toLatencyLimits({ proposal }: Run): readonly number[] {
  return proposal.hypothesis.tolerances.flatMap(({ signal, bound }) =>
    isQuantile(signal) ? [bound] : [],
  );
}
