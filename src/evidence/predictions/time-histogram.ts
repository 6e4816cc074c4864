import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

const microsecondsPerMs = 1_000;
const highestMs = 60_000;

/** Times from a microsecond to a minute to three significant digits, in memory that does not grow with their number. */
export class TimeHistogram {
  /** Made with the first time: most that are copied for a look at a run are empty. */
  #histogram: Histogram | undefined;

  record(durationMs: number): void {
    const microseconds = Math.round(Math.min(durationMs, highestMs) * microsecondsPerMs);
    this.#open().recordValue(Math.max(1, microseconds));
  }

  #open(): Histogram {
    this.#histogram ??= build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: highestMs * microsecondsPerMs,
      numberOfSignificantValueDigits: 3,
      bitBucketSize: 32,
    });
    return this.#histogram;
  }

  /** The time that `percent` of those recorded did not exceed, in ms to a hundredth; 0 when there is none. */
  quantileMs(percent: number): number {
    const microseconds = this.#histogram?.getValueAtPercentile(percent) ?? 0;
    return Number((microseconds / microsecondsPerMs).toFixed(2));
  }

  /** Returns text for `decode`, empty when there is no time. */
  encode(): string {
    return this.#histogram ? encodeIntoCompressedBase64(this.#histogram) : '';
  }

  /** Adds the times of another one. */
  merge(other: TimeHistogram): void {
    if (other.#histogram) this.#open().add(other.#histogram);
  }

  /** Reads what `encode` wrote. */
  static decode(encoded: string): TimeHistogram {
    const decoded = new TimeHistogram();
    if (encoded !== '') decoded.#open().add(decodeFromCompressedBase64(encoded));
    return decoded;
  }
}
