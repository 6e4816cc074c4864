/** How long to wait from now, and how long the back-off is altogether. */
export type Wait = { readonly waitMs: number; readonly backOffMs: number };

type Entry = { readonly backOffMs: number; readonly updatedAt: number };

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

  /** The wait of a container that ended at `finishedAt`; 0 is at once. Counts as a restart. */
  next(image: string, finishedAt: number, now: number): Wait {
    const entry = this.#entries.get(image);
    if (!entry || finishedAt - entry.updatedAt > 2 * this.#maxMs) {
      this.#entries.set(image, { backOffMs: this.#firstMs, updatedAt: now });
      return { waitMs: 0, backOffMs: 0 };
    }
    const { backOffMs } = entry;
    const waitMs = Math.max(0, backOffMs - (now - finishedAt));
    const doubledMs = Math.min(backOffMs * 2, this.#maxMs);
    this.#entries.set(image, { backOffMs: doubledMs, updatedAt: now + waitMs });
    return { waitMs, backOffMs };
  }
}
