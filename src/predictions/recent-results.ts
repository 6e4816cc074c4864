import type { Judged } from './tally.ts';

/** What came of one prediction, and when; times are ms since the epoch. */
export type Result = Judged & { readonly dueAt: number; readonly endedAt: number };

type Missed = { readonly dueAt: number; readonly missed: number };

/** The results of the last `keepMs`, for what looks back: guards, and a phase that begins before it was noticed. */
export class RecentResults {
  readonly #keepMs: number;
  #results: Result[] = [];
  #missed: Missed[] = [];

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** To be called in the order in which predictions end. */
  add(result: Result): void {
    this.#results.push(result);
    const oldest = this.#results[0];
    const tooOld = oldest !== undefined && oldest.endedAt < result.endedAt - 2 * this.#keepMs;
    if (tooOld)
      this.#results = this.#results.filter(
        ({ endedAt }) => endedAt >= result.endedAt - this.#keepMs,
      );
  }

  addMissed(missed: Missed): void {
    const from = missed.dueAt - this.#keepMs;
    this.#missed = [...this.#missed.filter(({ dueAt }) => dueAt >= from), missed];
  }

  endedSince(at: number): { sent: number; good: number } {
    let [sent, good] = [0, 0];
    for (let index = this.#results.length - 1; index >= 0; index -= 1) {
      const result = this.#results[index];
      if (!result || result.endedAt < at) break;
      sent += 1;
      if (result.outcome === 'good') good += 1;
    }
    return { sent, good };
  }

  dueSince(at: number): { results: readonly Result[]; missed: number } {
    const missed = this.#missed.filter(({ dueAt }) => dueAt >= at);
    return {
      results: this.#results.filter(({ dueAt }) => dueAt >= at),
      missed: missed.reduce((sum, each) => sum + each.missed, 0),
    };
  }
}
