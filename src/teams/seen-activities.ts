import { createHash } from 'node:crypto';

const rememberedMs = 15 * 60_000;
const mostRemembered = 10_000;

type Seen<Outcome> = { readonly at: number; readonly outcome: Outcome };

/** Remembers for a while what came of each delivery: Teams delivers again what it thinks was lost, and so does whoever recorded it. */
export class SeenActivities<Outcome> {
  readonly #seen = new Map<string, Seen<Outcome>>();

  /** Does the work for a delivery the first time, and returns its outcome every time. Nothing is remembered of an undefined one. */
  once(delivery: string | undefined, now: number, work: () => Outcome): Outcome {
    if (delivery === undefined) return work();
    this.#forget(now);
    // A click carries up to 256 KB; ten thousand of those are not kept.
    const key = createHash('sha256').update(delivery).digest('base64');
    const known = this.#seen.get(key);
    if (known) return known.outcome;
    const outcome = work();
    this.#seen.set(key, { at: now, outcome });
    return outcome;
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#seen) {
      if (now - at < rememberedMs && this.#seen.size <= mostRemembered) break;
      this.#seen.delete(key);
    }
  }
}
