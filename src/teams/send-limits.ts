export type SendLimit = { readonly count: number; readonly windowMs: number };

const hourMs = 3_600_000;

/** What Teams takes from a bot in one thread; updates count as well. */
export const threadLimits: readonly SendLimit[] = [
  { count: 7, windowMs: 1_000 },
  { count: 8, windowMs: 2_000 },
  { count: 60, windowMs: 30_000 },
  { count: 1_800, windowMs: hourMs },
];

/** What Teams takes from one app in one tenant, over all its conversations. */
export const appLimits: readonly SendLimit[] = [{ count: 30, windowMs: 1_000 }];

/** Of a thread's hour, what is kept for what must be said: approvals, stops, aborts and verdicts. */
const reserve = 300;
/** Two calls may arrive closer to each other than they left. */
const jitterMs = 100;

/** Remembers what was sent and says how long to wait before the next message. */
export class SendLimits {
  readonly #limits: readonly SendLimit[];
  readonly #longestMs: number;
  #sentAt: number[] = [];

  constructor(limits: readonly SendLimit[]) {
    this.#limits = limits;
    this.#longestMs = Math.max(...limits.map(({ windowMs }) => windowMs)) + jitterMs;
  }

  sent(now: number): void {
    if (now - (this.#sentAt[0] ?? now) >= 2 * this.#longestMs || this.#sentAt.length > 4_000)
      this.#sentAt = this.#sentAt.filter((at) => now - at < this.#longestMs);
    this.#sentAt.push(now);
  }

  /** 0 when something may be sent now. What can be dropped leaves the hour's reserve alone. */
  waitMs(now: number, important: boolean): number {
    const waits = this.#limits.map(({ count, windowMs }) => {
      const allowed = windowMs === hourMs && !important ? count - reserve : count;
      const decisive = this.#sentAt.at(-allowed);
      return decisive === undefined ? 0 : decisive + windowMs + jitterMs - now;
    });
    return Math.max(0, ...waits);
  }

  /** The share of what may be dropped in an hour that was sent in the last one, 0 to 1. */
  usedOfHour(now: number): number {
    const recent = this.#sentAt.filter((at) => now - at < hourMs).length;
    const budget = (threadLimits.at(-1)?.count ?? 0) - reserve;
    return Math.min(1, recent / budget);
  }
}
