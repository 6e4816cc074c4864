import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import type {
  FailureKind,
  LatencyQuantiles,
  PredictionMeasurement,
} from '../domain/measurement.ts';
import type { ProbeState } from '../runs/ports.ts';
import type { Outcome } from './judge-answer.ts';

const microsecondsPerMs = 1_000;
const highestMs = 60_000;

/** Counts what came of predictions, in memory that does not grow with them. Latencies are kept to three significant digits. */
export class Tally {
  #sent = 0;
  #good = 0;
  readonly #failures = new Map<FailureKind, number>();
  readonly #within: Map<number, number>;
  #latency: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestMs * microsecondsPerMs,
    numberOfSignificantValueDigits: 3,
  });

  constructor(latencyLimitsMs: readonly number[]) {
    this.#within = new Map(latencyLimitsMs.map((limitMs) => [limitMs, 0]));
  }

  /** Counts one prediction; the latency of those that were not good is not kept. */
  record(outcome: Outcome, latencyMs: number): void {
    this.#sent += 1;
    if (outcome !== 'good') {
      this.#failures.set(outcome, (this.#failures.get(outcome) ?? 0) + 1);
      return;
    }
    this.#good += 1;
    this.#latency.recordValue(
      Math.max(1, Math.round(Math.min(latencyMs, highestMs) * microsecondsPerMs)),
    );
    for (const [limitMs, count] of this.#within) {
      if (latencyMs <= limitMs) this.#within.set(limitMs, count + 1);
    }
  }

  /** Adds what another tally, of this process or one before it, had counted. */
  merge(state: ProbeState): void {
    this.#sent += state.sent;
    this.#good += state.good;
    for (const [kind, count] of Object.entries(state.failures) as [FailureKind, number][]) {
      this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + count);
    }
    for (const { limitMs, count } of state.within) {
      this.#within.set(limitMs, (this.#within.get(limitMs) ?? 0) + count);
    }
    this.#latency.add(decodeFromCompressedBase64(state.latencyHistogram));
  }

  measurement(): PredictionMeasurement {
    return {
      sent: this.#sent,
      good: this.#good,
      failures: Object.fromEntries(this.#failures),
      latency: this.#good === 0 ? null : this.#quantiles(),
      within: Array.from(this.#within, ([limitMs, count]) => ({ limitMs, count })),
    };
  }

  #quantiles(): LatencyQuantiles {
    const atPercent = (percent: number) =>
      Number((this.#latency.getValueAtPercentile(percent) / microsecondsPerMs).toFixed(2));
    return {
      p50Ms: atPercent(50),
      p95Ms: atPercent(95),
      p99Ms: atPercent(99),
      maxMs: atPercent(100),
    };
  }

  state(): ProbeState {
    const { sent, good, failures, within } = this.measurement();
    return {
      sent,
      good,
      failures,
      within,
      latencyHistogram: encodeIntoCompressedBase64(this.#latency),
    };
  }
}
