/** How many pods were ready from `at` (ms since the epoch) on, and when that was last seen; `seenAt` is absent in older checkpoints. */
export type ReadyPoint = { readonly at: number; readonly ready: number; readonly seenAt?: number };

/** When fewer pods than wanted were first seen to be ready, and when enough were last seen to be; ms since the epoch. */
export type Fewer = { readonly at: number; readonly seenAt: number };

/** More than any run needs; beyond, the oldest pairs are replaced by the lower of the two. */
const mostPoints = 2_000;

/** Keeps how many pods were ready over time, so that any span can be asked for its minimum. */
export class ReadyTimeline {
  #points: ReadyPoint[];

  constructor(earlier: readonly ReadyPoint[] = []) {
    this.#points = [...earlier];
  }

  /** Notes how many were ready at a time by what the cluster showed, which it confirmed at `seenAt`. */
  see(point: Required<ReadyPoint>): void {
    const last = this.#points.at(-1);
    if (point.at < (last?.at ?? 0)) return;
    if (last?.ready === point.ready) {
      this.#points[this.#points.length - 1] = { ...last, seenAt: point.seenAt };
      return;
    }
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

  /** Returns since when at least `wanted` pods were ready without a break, as far as was known before `before`, ms since the epoch; undefined where fewer were. */
  readySince(wanted: number, before = Infinity): number | undefined {
    const points = this.#points.filter(({ at }) => at < before);
    const last = points.findLastIndex(({ ready }) => ready < wanted);
    return points[last + 1]?.at;
  }

  /** Returns since when fewer than `wanted` have been ready without a break, ms since the epoch; undefined while as many are. */
  fewerSince(wanted: number): number | undefined {
    const last = this.#points.findLastIndex(({ ready }) => ready >= wanted);
    return this.#points[last + 1]?.at;
  }

  /** Returns when fewer than `wanted` were first ready after a time, and when as many were last seen before; undefined where they never were. */
  fewerAfter(wanted: number, after: number): Fewer | undefined {
    const index = this.#points.findIndex(({ at, ready }) => at > after && ready < wanted);
    const [before, fewer] = [this.#points[index - 1], this.#points[index]];
    return fewer && { at: fewer.at, seenAt: before?.seenAt ?? -Infinity };
  }

  /** Returns when fewer than `wanted` were last seen, ms since the epoch; minus infinity where they never were. */
  fewerSeenAt(wanted: number): number {
    return this.#points.findLast(({ ready }) => ready < wanted)?.seenAt ?? -Infinity;
  }

  points(): readonly ReadyPoint[] {
    return this.#points;
  }
}
