import type { Gap } from '../../domain/measurement.ts';
import { cutGap } from './split-gap.ts';
import type { MeasuredPrediction, ResultBatch } from '../../domain/prediction-result.ts';

/** A due prediction or several, in order of due time. */
export type DueEntry = MeasuredPrediction | (Gap & { readonly kind: 'gap' });

export function findDueAt(entry: DueEntry): number {
  return entry.kind === 'measured' ? entry.dueAt : entry.from;
}

/**
 * Puts results, which come in the order in which they become known, in order of due time. An entry is settled once everything that was due before
 * it is known.
 */
export class DueHistory {
  readonly #slotMs: number;
  #pending: DueEntry[] = [];
  #settled: DueEntry[] = [];
  #knownUntil: number;
  #keptFrom: number | undefined;

  /** `since`: what was due before is accounted for elsewhere. */
  constructor({ ratePerSecond, since }: { ratePerSecond: number; since: number | undefined }) {
    this.#slotMs = 1_000 / ratePerSecond;
    this.#knownUntil = since ?? 0;
    this.#keptFrom = since;
  }

  /** Everything due before this is settled, ms since the epoch. */
  get knownUntil(): number {
    return this.#knownUntil;
  }

  /** How many settled entries are kept. */
  get size(): number {
    return this.#settled.length;
  }

  /** What was due before this is not kept one by one; undefined while everything is. */
  get keptFrom(): number | undefined {
    return this.#keptFrom;
  }

  /** Adds results and returns them as entries. */
  take({ results, knownUntil }: ResultBatch): readonly DueEntry[] {
    const entries = results.map((result) => this.#toEntry(result));
    this.#pending.push(...entries);
    if (knownUntil > this.#knownUntil) this.#settle(knownUntil);
    return entries;
  }

  #toEntry(result: ResultBatch['results'][number]): DueEntry {
    if (result.kind === 'measured') return result;
    if (result.kind === 'unmeasured') {
      const { dueAt: from, reason } = result;
      return { kind: 'gap', from, until: from + this.#slotMs, due: 1, reason };
    }
    const { from, until, count, reason } = result;
    return { kind: 'gap', from, until, due: count, reason };
  }

  #settle(knownUntil: number): void {
    const isDue = (entry: DueEntry) => findDueAt(entry) < knownUntil;
    const settled = this.#pending.filter(isDue);
    this.#pending = this.#pending.filter((entry) => !isDue(entry));
    this.#settled.push(...settled.toSorted(byDueTime));
    this.#knownUntil = knownUntil;
  }

  /** Settled entries due from `from` until `until`, in order; of a gap the part that lies between. */
  between(from: number, until: number): readonly DueEntry[] {
    return cutEntries(this.#slice(from, until), from, until);
  }

  /** The same with those that are known before all that was due earlier is. */
  knownBetween(from: number, until: number): readonly DueEntry[] {
    const pending = this.#pending.toSorted(byDueTime);
    return cutEntries([...this.#slice(from, until), ...pending], from, until);
  }

  /** The settled entries of a time, without a look at the others: there may be many. */
  #slice(from: number, until: number): readonly DueEntry[] {
    let first = this.#findFirst(from);
    // Of a gap that began before, a part may lie within.
    const isWithin = (entry?: DueEntry) => entry?.kind === 'gap' && entry.until > from;
    while (isWithin(this.#settled[first - 1])) first -= 1;
    return this.#settled.slice(first, this.#findFirst(until));
  }

  /** The index of the first settled entry that is due at a time or later; by halves. */
  #findFirst(at: number): number {
    let [first, end] = [0, this.#settled.length];
    while (first < end) {
      const middle = Math.floor((first + end) / 2);
      const entry = this.#settled[middle];
      if (entry && findDueAt(entry) < at) first = middle + 1;
      else end = middle;
    }
    return first;
  }

  /** Removes the oldest settled entries and returns them, so that at most `most` are left. */
  trim(most: number): readonly DueEntry[] {
    const excess = this.#settled.length - most;
    if (excess <= 0) return [];
    const [next] = this.#settled.slice(excess, excess + 1);
    this.#keptFrom = next ? findDueAt(next) : this.#knownUntil;
    return this.#settled.splice(0, excess);
  }
}

const byDueTime = (one: DueEntry, other: DueEntry) => findDueAt(one) - findDueAt(other);

function cutEntries(
  entries: readonly DueEntry[],
  from: number,
  until: number,
): readonly DueEntry[] {
  return entries.flatMap((entry) => {
    if (entry.kind === 'measured') return entry.dueAt >= from && entry.dueAt < until ? entry : [];
    if (entry.from >= until || entry.until <= from) return [];
    const part = cutGap(entry, from, until);
    return part.due > 0 ? { ...part, kind: 'gap' as const } : [];
  });
}
