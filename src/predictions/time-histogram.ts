import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

const microsecondsPerMs = 1_000;
const highestMs = 60_000;

/** Times from a microsecond to a minute to three significant digits, in memory that does not grow with them. */
export class TimeHistogram {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestMs * microsecondsPerMs,
    numberOfSignificantValueDigits: 3,
  });

  record(durationMs: number): void {
    const microseconds = Math.round(Math.min(durationMs, highestMs) * microsecondsPerMs);
    this.#histogram.recordValue(Math.max(1, microseconds));
  }

  /** The time that `percent` of those recorded did not exceed, in ms to a hundredth. */
  quantileMs(percent: number): number {
    return Number((this.#histogram.getValueAtPercentile(percent) / microsecondsPerMs).toFixed(2));
  }

  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** Adds what another one had encoded. */
  merge(encoded: string): void {
    this.#histogram.add(decodeFromCompressedBase64(encoded));
  }
}
