type Entry = { readonly waitMs: number; readonly updatedAt: number };

/**
 * How long a dead container waits for its restart, by Kubernetes' rule: the first restart at once, then `firstMs` after
 * its end, doubling to `maxMs`; forgotten when the container ran for twice `maxMs`.
 */
export class CrashBackOff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor({ firstMs, maxMs }: { firstMs: number; maxMs: number }) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** The wait from `now` for a container that ended at `finishedAt`; 0 is at once. Counts as a restart. */
  next(image: string, finishedAt: number, now: number): number {
    const entry = this.#entries.get(image);
    if (!entry || finishedAt - entry.updatedAt > 2 * this.#maxMs) {
      this.#entries.set(image, { waitMs: this.#firstMs, updatedAt: now });
      return 0;
    }
    const waitMs = Math.max(0, entry.waitMs - (now - finishedAt));
    const doubledMs = Math.min(entry.waitMs * 2, this.#maxMs);
    this.#entries.set(image, { waitMs: doubledMs, updatedAt: now + waitMs });
    return waitMs;
  }
}
