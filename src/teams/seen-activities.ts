const rememberedMs = 15 * 60_000;
const mostRemembered = 10_000;

type Seen<Outcome> = { readonly at: number; readonly outcome: Outcome };

/** Remembers for a while what came of each delivery: Teams delivers again what it thinks was lost, and so does whoever recorded it. */
export class SeenActivities<Outcome> {
  readonly #seen = new Map<string, Seen<Outcome>>();

  /** Does the work for a key the first time, and gives what came of it every time. Without a key nothing is remembered. */
  once(key: string | undefined, now: number, work: () => Outcome): Outcome {
    if (key === undefined) return work();
    this.#forget(now);
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
