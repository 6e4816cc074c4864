import { createHash } from 'node:crypto';

const rememberedMs = 15 * 60_000;
const mostRemembered = 10_000;
const mostBytes = 8_000_000;

type Seen<Outcome> = { readonly at: number; readonly outcome: Outcome; bytes: number };

/** Tells how many bytes an outcome takes, once that is known. */
export type Weigh<Outcome> = (outcome: Outcome, tell: (bytes: number) => void) => void;

/**
 * Remembers for a while what came of each delivery: Teams delivers again what it thinks was lost, and so does whoever recorded it. Outcomes that together
 * take more than 8 MB are forgotten before their time, the oldest first.
 */
export class SeenActivities<Outcome> {
  readonly #seen = new Map<string, Seen<Outcome>>();
  readonly #weigh: Weigh<Outcome>;
  #bytes = 0;

  constructor(weigh: Weigh<Outcome> = () => undefined) {
    this.#weigh = weigh;
  }

  /** Does the work for a delivery the first time, and returns its outcome every time. Nothing is remembered of an undefined one. */
  once(delivery: string | undefined, now: number, work: () => Outcome): Outcome {
    if (delivery === undefined) return work();
    this.#forget(now);
    // A click carries up to 256 KB; ten thousand of those are not kept.
    const key = createHash('sha256').update(delivery).digest('base64');
    const known = this.#seen.get(key);
    if (known) return known.outcome;
    const seen = { at: now, outcome: work(), bytes: 0 };
    this.#seen.set(key, seen);
    this.#weigh(seen.outcome, (bytes) => {
      if (this.#seen.get(key) !== seen) return;
      seen.bytes += bytes;
      this.#bytes += bytes;
      this.#forget(now);
    });
    return seen.outcome;
  }

  #forget(now: number): void {
    for (const [key, { at, bytes }] of this.#seen) {
      const fits = this.#seen.size <= mostRemembered && this.#bytes <= mostBytes;
      if (fits && now - at < rememberedMs) break;
      this.#seen.delete(key);
      this.#bytes -= bytes;
    }
  }
}
