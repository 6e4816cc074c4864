/** How many pods were ready from `at` (ms since the epoch) on. */
export type ReadyPoint = { readonly at: number; readonly ready: number };

/** More than any run needs; beyond, the oldest pairs are replaced by the lower of the two. */
const mostPoints = 2_000;

/** Keeps how many pods were ready over time, so that any span can be asked for its minimum. */
export class ReadyTimeline {
  #points: ReadyPoint[];

  constructor(earlier: readonly ReadyPoint[] = []) {
    this.#points = [...earlier];
  }

  see(point: ReadyPoint): void {
    const last = this.#points.at(-1);
    if (last?.ready === point.ready || point.at < (last?.at ?? 0)) return;
    this.#points.push(point);
    if (this.#points.length > mostPoints) this.#thin();
  }

  /** Pairs of the older half become one point, the lower: a minimum is never lost. */
  #thin(): void {
    const half = mostPoints / 2;
    const thinned: ReadyPoint[] = [];
    for (let index = 0; index < half; index += 2) {
      const [one, other] = [this.#points[index], this.#points[index + 1]];
      if (one && other) thinned.push({ at: one.at, ready: Math.min(one.ready, other.ready) });
    }
    this.#points = [...thinned, ...this.#points.slice(half)];
  }

  /** The fewest that were ready from `from` until `until`, both ms since the epoch; undefined when nobody looked until then. */
  least(from: number, until: number): number | undefined {
    const before = this.#points.findLast(({ at }) => at <= from);
    const within = this.#points.filter(({ at }) => at > from && at < until);
    const all = [...(before ? [before] : []), ...within].map(({ ready }) => ready);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  /** Returns since when at least `wanted` pods have been ready without a break, as far as is known, ms since the epoch; undefined while fewer are ready. */
  readySince(wanted: number): number | undefined {
    const last = this.#points.findLastIndex(({ ready }) => ready < wanted);
    return this.#points[last + 1]?.at;
  }

  points(): readonly ReadyPoint[] {
    return this.#points;
  }
}
