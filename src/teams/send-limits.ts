/** What Teams takes from a bot in one thread; updates count as well. */
const threadLimits = [
  { count: 7, windowMs: 1_000 },
  { count: 8, windowMs: 2_000 },
  { count: 60, windowMs: 30_000 },
  { count: 1_800, windowMs: 3_600_000 },
] as const;

/** Of the hour's messages, those kept for what must be said: approvals, stops, aborts and verdicts. */
const reserve = 300;
const longestWindowMs = 3_600_000;

/** Remembers what was sent in one thread and says how long to wait before the next message. */
export class SendLimits {
  #sentAt: number[] = [];

  sent(now: number): void {
    this.#sentAt = [...this.#sentAt.filter((at) => now - at < longestWindowMs), now];
  }

  /** 0 when something may be sent now. What can be dropped leaves the reserve alone. */
  waitMs(now: number, important: boolean): number {
    const waits = threadLimits.map(({ count, windowMs }) => {
      const allowed = windowMs === longestWindowMs && !important ? count - reserve : count;
      const decisive = this.#sentAt.at(-allowed);
      return decisive === undefined ? 0 : decisive + windowMs - now;
    });
    return Math.max(0, ...waits);
  }
}
