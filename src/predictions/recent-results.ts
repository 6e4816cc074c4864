import type { Outcome } from './judge-answer.ts';

/** What came of one prediction, and when; times are ms since the epoch. */
export type Result = {
  readonly dueAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly latencyMs: number;
};

/** The results of the last `keepMs`, for what looks back: guards, and a phase that begins before it was noticed. */
export class RecentResults {
  readonly #keepMs: number;
  #results: Result[] = [];

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(result: Result): void {
    this.#results.push(result);
    const oldest = this.#results[0];
    const tooOld = oldest !== undefined && oldest.endedAt < result.endedAt - 2 * this.#keepMs;
    if (tooOld)
      this.#results = this.#results.filter(
        ({ endedAt }) => endedAt >= result.endedAt - this.#keepMs,
      );
  }

  endedSince(at: number): { sent: number; good: number } {
    const recent = this.#results.filter(({ endedAt }) => endedAt >= at);
    return { sent: recent.length, good: recent.filter(({ outcome }) => outcome === 'good').length };
  }

  dueSince(at: number): readonly Result[] {
    return this.#results.filter(({ dueAt }) => dueAt >= at);
  }
}
