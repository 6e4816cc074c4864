import type { PredictionResult, ResultBatch } from '../domain/prediction-result.ts';
import type { DueTimes } from './due-times.ts';

type Span = { readonly from: number; readonly until: number };

/** From this many on, those delivered early are looked through for those that are no longer early. */
const leastPruned = 1_000;

/**
 * Knows which predictions were due and not yet delivered, from the due times themselves: what a thread took along when it died is found here.
 */
export class DueAccount {
  /** At the first prediction that is not known to be delivered. */
  readonly #due: DueTimes;
  #knownUntil: number;
  /** Due times of those delivered while older ones were in flight. */
  #early = new Set<number>();
  #earlySpans: readonly Span[] = [];
  #pruneAt = leastPruned;

  constructor(due: DueTimes, startAt: number) {
    this.#due = due;
    this.#knownUntil = startAt;
  }

  get knownUntil(): number {
    return this.#knownUntil;
  }

  /** How many are remembered as delivered before older ones. */
  countEarly(): number {
    return this.#early.size;
  }

  /** Notes what a batch delivers. */
  settle({ results, knownUntil }: ResultBatch): void {
    this.#advance(knownUntil);
    for (const result of results) {
      if (result.kind !== 'unmeasured-span') {
        if (result.dueAt >= this.#knownUntil) this.#early.add(result.dueAt);
      } else if (result.until > this.#knownUntil)
        this.#earlySpans = [...this.#earlySpans, { from: result.from, until: result.until }];
    }
    if (this.#early.size >= this.#pruneAt) this.#prune();
  }

  /** Returns what was due before `until` and will not be delivered by anybody else. */
  lose(until: number): readonly PredictionResult[] {
    const lost: PredictionResult[] = [];
    let run: { from: number; count: number } | undefined;
    const endRun = (end: number) => {
      if (run) lost.push({ kind: 'unmeasured-span', ...run, until: end, reason: 'paused' });
      run = undefined;
    };
    for (let isDue = this.#due.dueAt < until; isDue; isDue = this.#due.dueAt < until) {
      const { dueAt } = this.#due;
      if (this.#isDelivered(dueAt)) endRun(dueAt);
      else run = { from: run?.from ?? dueAt, count: (run?.count ?? 0) + 1 };
      this.#due.pass();
    }
    endRun(until);
    this.#advance(until);
    return lost;
  }

  #isDelivered(dueAt: number): boolean {
    const isInside = ({ from, until }: Span) => from <= dueAt && dueAt < until;
    return this.#early.has(dueAt) || this.#earlySpans.some(isInside);
  }

  #advance(until: number): void {
    this.#knownUntil = Math.max(this.#knownUntil, until);
    this.#due.passUntil(this.#knownUntil);
    if (this.#earlySpans.length > 0)
      this.#earlySpans = this.#earlySpans.filter((span) => span.until > this.#knownUntil);
  }

  #prune(): void {
    for (const dueAt of this.#early) if (dueAt < this.#knownUntil) this.#early.delete(dueAt);
    this.#pruneAt = Math.max(leastPruned, 2 * this.#early.size);
  }
}
