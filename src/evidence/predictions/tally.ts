import type {
  Counts,
  FailureKind,
  Gap,
  LatencyQuantiles,
  PredictionMeasurement,
  ScheduleMeasurement,
} from '../../domain/measurement.ts';
import { countDue, isAnswered } from '../../domain/measurement.ts';
import type { MeasuredPrediction } from '../../domain/prediction-result.ts';
import { GapList } from './gap-list.ts';
import { addCounts, PodTally } from './pod-tally.ts';
import { RunCounter, type RunState } from './run-counter.ts';
import { TimeHistogram } from './time-histogram.ts';

/** Counts and histograms, to go on with after a restart. */
export type TallyState = Omit<PredictionMeasurement, 'latency' | 'schedule'> & {
  readonly latencyHistogram: string;
  readonly latenessHistogram: string;
  /** Of failed predictions, of wrong answers, and of those beyond each latency limit. */
  readonly runs: {
    readonly lost: RunState;
    readonly wrong: RunState;
    readonly late: readonly RunState[];
  };
};

type Limit = { readonly limitMs: number; count: number; readonly runs: RunCounter };

type Connections = Record<'fresh' | 'kept', Counts>;

/** Counts predictions in order of their due time, in memory that does not grow with them. */
export class Tally {
  #sent = 0;
  #good = 0;
  readonly #failures = new Map<FailureKind, number>();
  readonly #limits: readonly Limit[];
  readonly #lost: RunCounter;
  readonly #wrong: RunCounter;
  #latency = new TimeHistogram();
  #lateness = new TimeHistogram();
  #connections: Connections = { fresh: { sent: 0, good: 0 }, kept: { sent: 0, good: 0 } };
  #pods = new PodTally();
  #gaps = new GapList();

  constructor(latencyLimitsMs: readonly number[], runs?: TallyState['runs']) {
    this.#lost = new RunCounter(runs?.lost);
    this.#wrong = new RunCounter(runs?.wrong);
    this.#limits = latencyLimitsMs.map((limitMs, index) => ({
      limitMs,
      count: 0,
      runs: new RunCounter(runs?.late[index]),
    }));
  }

  /** Continues an earlier count with the same limits. */
  static from(state: TallyState): Tally {
    const tally = new Tally(
      state.within.map(({ limitMs }) => limitMs),
      state.runs,
    );
    tally.#sent = state.sent;
    tally.#good = state.good;
    for (const [kind, count] of Object.entries(state.failures) as [FailureKind, number][])
      tally.#failures.set(kind, count);
    for (const [index, limit] of tally.#limits.entries())
      limit.count = state.within[index]?.count ?? 0;
    if (state.connections) tally.#connections = { ...state.connections };
    tally.#pods.merge(state.pods ?? [], state.otherPods);
    tally.#latency.merge(TimeHistogram.decode(state.latencyHistogram));
    tally.#lateness.merge(TimeHistogram.decode(state.latenessHistogram));
    tally.#gaps.merge(state);
    return tally;
  }

  /** Returns a tally that counts on from this one and leaves it as it is. */
  copy(): Tally {
    const copy = new Tally(
      this.#limits.map(({ limitMs }) => limitMs),
      this.#runs(),
    );
    copy.#sent = this.#sent;
    copy.#good = this.#good;
    for (const [kind, count] of this.#failures) copy.#failures.set(kind, count);
    for (const [index, limit] of copy.#limits.entries())
      limit.count = this.#limits[index]?.count ?? 0;
    copy.#connections = { ...this.#connections };
    const { pods = [], otherPods } = this.#pods.measurement();
    copy.#pods.merge(pods, otherPods);
    copy.#latency.merge(this.#latency);
    copy.#lateness.merge(this.#lateness);
    copy.#gaps = this.#gaps.copy();
    return copy;
  }

  /** Counts one prediction; the latency of those that were not good is not kept. */
  record({ outcome, latencyMs, dueAt, sentAt, kept, pod }: MeasuredPrediction): void {
    const isGood = outcome === 'good';
    this.#sent += 1;
    if (isGood) this.#good += 1;
    else this.#failures.set(outcome, (this.#failures.get(outcome) ?? 0) + 1);
    this.#lost.see(isGood);
    if (isAnswered(outcome)) this.#wrong.see(isGood);
    this.#lateness.record(Math.max(0, sentAt - dueAt));
    const kind = kept ? 'kept' : 'fresh';
    const counts = { sent: 1, good: isGood ? 1 : 0 };
    this.#connections[kind] = addCounts(this.#connections[kind], counts);
    if (pod !== undefined) this.#pods.record(pod, outcome);
    if (isGood) this.#latency.record(latencyMs);
    for (const limit of this.#limits) {
      const isWithin = isGood && latencyMs <= limit.limitMs;
      if (isWithin) limit.count += 1;
      limit.runs.see(isWithin);
    }
  }

  /** Counts predictions that were due and not measured. */
  skip(gap: Gap): void {
    this.#gaps.add(gap);
    if (gap.due === 0) return;
    const counters = [this.#lost, this.#wrong, ...this.#limits.map(({ runs }) => runs)];
    for (const counter of counters) counter.interrupt();
  }

  measurement(): PredictionMeasurement {
    return { ...this.#counts(), latency: this.#quantiles(), schedule: this.#schedule() };
  }

  state(): TallyState {
    return {
      ...this.#counts(),
      latencyHistogram: this.#latency.encode(),
      latenessHistogram: this.#lateness.encode(),
      runs: this.#runs(),
    };
  }

  #runs(): TallyState['runs'] {
    return {
      lost: this.#lost.state(),
      wrong: this.#wrong.state(),
      late: this.#limits.map(({ runs }) => runs.state()),
    };
  }

  #counts(): Omit<PredictionMeasurement, 'latency' | 'schedule'> {
    return {
      sent: this.#sent,
      good: this.#good,
      failures: Object.fromEntries(this.#failures),
      lossRuns: this.#lost.runs,
      wrongRuns: this.#wrong.runs,
      within: this.#limits.map(({ limitMs, count, runs }) => ({ limitMs, count, runs: runs.runs })),
      connections: { ...this.#connections },
      ...this.#gaps.state(),
      ...this.#pods.measurement(),
    };
  }

  #quantiles(): LatencyQuantiles | null {
    if (this.#good === 0) return null;
    return {
      p50Ms: this.#latency.quantileMs(50),
      p95Ms: this.#latency.quantileMs(95),
      p99Ms: this.#latency.quantileMs(99),
      maxMs: this.#latency.quantileMs(100),
    };
  }

  #schedule(): ScheduleMeasurement {
    const { unmeasured = {} } = this.#gaps.state();
    return {
      p50ErrorMs: this.#lateness.quantileMs(50),
      p99ErrorMs: this.#lateness.quantileMs(99),
      maxErrorMs: this.#lateness.quantileMs(100),
      missed: countDue({ sent: 0, unmeasured }),
    };
  }
}
