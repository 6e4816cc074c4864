export type RateLimitOptions = {
  /** So many at once, after a rest. */
  readonly burst: number;
  readonly perSecond: number;
};

type Bucket = { left: number; at: number };

const mostKeys = 10_000;

/** A token bucket for each key. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** False when `key` has used up what it may have at `now` (ms). */
  take(key: string, now: number): boolean {
    const { burst, perSecond } = this.#options;
    const bucket = this.#buckets.get(key) ?? { left: burst, at: now };
    const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
    // Kept in the order of use, so that the first is the one to forget.
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > mostKeys && oldest !== undefined) this.#buckets.delete(oldest);
    return left >= 1;
  }
}
