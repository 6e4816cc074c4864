import type {
  Counts,
  FailureKind,
  LatencyQuantiles,
  PredictionMeasurement,
  ScheduleMeasurement,
} from '../domain/measurement.ts';
import type { ProbeState } from '../runs/ports/prediction-probe.ts';
import type { Outcome } from './judge-answer.ts';
import { addCounts, PodTally } from './pod-tally.ts';
import { TimeHistogram } from './time-histogram.ts';

/** What came of one prediction. */
export type Judged = {
  readonly outcome: Outcome;
  /** From when it was due until its answer was judged. */
  readonly latencyMs: number;
  /** From when it was due until it was sent. */
  readonly lateMs: number;
  /** Whether it went over a connection that is kept. */
  readonly kept: boolean;
  /** The HTTP status, when there was a whole answer. */
  readonly status?: number;
  /** The pod that answered, when it told. */
  readonly pod?: string | undefined;
};

/** Counts what came of predictions, in memory that does not grow with them. */
export class Tally {
  #sent = 0;
  #good = 0;
  #missed = 0;
  readonly #failures = new Map<FailureKind, number>();
  readonly #within: Map<number, number>;
  readonly #latency = new TimeHistogram();
  readonly #lateness = new TimeHistogram();
  readonly #connections: Record<'fresh' | 'kept', Counts> = {
    fresh: { sent: 0, good: 0 },
    kept: { sent: 0, good: 0 },
  };
  readonly #pods = new PodTally();

  constructor(latencyLimitsMs: readonly number[]) {
    this.#within = new Map(latencyLimitsMs.map((limitMs) => [limitMs, 0]));
  }

  /** Counts one prediction; the latency of those that were not good is not kept. */
  record({ outcome, latencyMs, lateMs, kept, pod }: Judged): void {
    const good = outcome === 'good' ? 1 : 0;
    this.#sent += 1;
    this.#good += good;
    this.#lateness.record(lateMs);
    this.#addConnection(kept ? 'kept' : 'fresh', { sent: 1, good });
    if (pod !== undefined) this.#pods.record(pod, outcome);
    if (outcome !== 'good') {
      this.#failures.set(outcome, (this.#failures.get(outcome) ?? 0) + 1);
      return;
    }
    this.#latency.record(latencyMs);
    for (const [limitMs, count] of this.#within) {
      if (latencyMs <= limitMs) this.#within.set(limitMs, count + 1);
    }
  }

  /** Counts predictions that were due and not sent. */
  miss(missed: number): void {
    this.#missed += missed;
  }

  #addConnection(kind: 'fresh' | 'kept', counts: Counts): void {
    this.#connections[kind] = addCounts(this.#connections[kind], counts);
  }

  /** Adds what another tally, of this process or one before it, had counted. */
  merge(state: ProbeState): void {
    this.#sent += state.sent;
    this.#good += state.good;
    this.#missed += state.missed ?? 0;
    for (const [kind, count] of Object.entries(state.failures) as [FailureKind, number][]) {
      this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + count);
    }
    for (const { limitMs, count } of state.within) {
      this.#within.set(limitMs, (this.#within.get(limitMs) ?? 0) + count);
    }
    this.#addConnection('fresh', state.connections?.fresh ?? state);
    this.#addConnection('kept', state.connections?.kept ?? { sent: 0, good: 0 });
    this.#pods.merge(state.pods ?? [], state.otherPods);
    this.#latency.merge(state.latencyHistogram);
    if (state.scheduleHistogram) this.#lateness.merge(state.scheduleHistogram);
  }

  measurement(): PredictionMeasurement {
    return { ...this.#counts(), latency: this.#quantiles(), schedule: this.#schedule() };
  }

  state(): ProbeState {
    return {
      ...this.#counts(),
      missed: this.#missed,
      latencyHistogram: this.#latency.encode(),
      scheduleHistogram: this.#lateness.encode(),
    };
  }

  #counts(): Omit<PredictionMeasurement, 'latency' | 'schedule'> {
    return {
      sent: this.#sent,
      good: this.#good,
      failures: Object.fromEntries(this.#failures),
      within: Array.from(this.#within, ([limitMs, count]) => ({ limitMs, count })),
      connections: { ...this.#connections },
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
    return {
      p50ErrorMs: this.#lateness.quantileMs(50),
      p99ErrorMs: this.#lateness.quantileMs(99),
      maxErrorMs: this.#lateness.quantileMs(100),
      missed: this.#missed,
    };
  }
}
