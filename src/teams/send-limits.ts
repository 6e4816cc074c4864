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

/** The share of a limit that is kept for what must be said: approvals, stops, aborts and verdicts. */
const reserve = 1 / 6;
/** How soon to look again when everything that is allowed is under way. */
const lookAgainMs = 50;

function toDroppable(count: number): number {
  return Math.floor(count * (1 - reserve));
}

/** A call that is under way. Whoever made it says when it was answered, well or not. */
export type Call = { answered(now: number): void };

/**
 * Remembers what was sent and says how long to wait before the next message. A call counts from its answer, and until then as if it were sent now: it
 * reaches Teams at a moment between the two that nobody here knows.
 */
export class SendLimits {
  readonly #limits: readonly SendLimit[];
  readonly #longestMs: number;
  #answeredAt: number[] = [];
  #underWay = 0;

  constructor(limits: readonly SendLimit[]) {
    this.#limits = limits;
    this.#longestMs = Math.max(...limits.map(({ windowMs }) => windowMs));
  }

  /** A call leaves. */
  begin(): Call {
    this.#underWay += 1;
    return {
      answered: (now) => {
        this.#underWay -= 1;
        this.#forget(now);
        this.#answeredAt.push(now);
      },
    };
  }

  /** 0 when something may be sent now. What can be dropped leaves the reserve alone. */
  waitMs(now: number, important: boolean): number {
    const waits = this.#limits.map(({ count, windowMs }) => {
      const allowed = important ? count : toDroppable(count);
      const free = allowed - this.#underWay;
      if (free <= 0) return lookAgainMs;
      const decisive = this.#answeredAt.at(-free);
      return decisive === undefined ? 0 : decisive + windowMs - now;
    });
    return Math.max(0, ...waits);
  }

  /** The share of what may be dropped in an hour that was sent in the last one, 0 to 1. */
  usedOfHour(now: number): number {
    const recent = this.#answeredAt.filter((at) => now - at < hourMs).length;
    const hour = this.#limits.find(({ windowMs }) => windowMs === hourMs);
    return hour ? Math.min(1, recent / toDroppable(hour.count)) : 0;
  }

  #forget(now: number): void {
    const oldest = this.#answeredAt[0];
    if (oldest !== undefined && now - oldest > 2 * this.#longestMs)
      this.#answeredAt = this.#answeredAt.filter((at) => now - at <= this.#longestMs);
  }
}
