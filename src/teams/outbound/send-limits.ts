import type { Urgency } from './message.ts';

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

/** The share of a limit that each urgency may use up; the rest is kept for what is more urgent. */
const shares: Readonly<Record<Urgency, number>> = { stop: 1, say: 29 / 30, live: 5 / 6 };
/** When to look again when every allowed call is pending. */
const lookAgainMs = 50;
/** A call has reached Teams after this time, answered or not. */
const arrivalMs = 2_000;

function toAllowed(count: number, urgency: Urgency): number {
  return Math.floor(count * shares[urgency]);
}

/** A pending call. Its maker reports that it was answered, well or not, or that it was never made. */
export type Call = { answered(now: number): void; unused(): void };

/**
 * Remembers when calls were made and computes how long the next one must wait. A call counts from its answer, and until then as if it were made now: it
 * reaches Teams at an unknown moment between the two. A call that hangs counts as arrived after two seconds, so that it cannot hold up others for longer.
 */
export class SendLimits {
  readonly #limits: readonly SendLimit[];
  readonly #longestMs: number;
  /** Ascending; those before `#first` are forgotten. */
  #answeredAt: number[] = [];
  #first = 0;
  /** Oldest first. */
  readonly #pending = new Set<{ readonly beganAt: number }>();

  constructor(limits: readonly SendLimit[]) {
    this.#limits = limits;
    this.#longestMs = Math.max(0, ...limits.map(({ windowMs }) => windowMs));
  }

  begin(now: number): Call {
    const pending = { beganAt: now };
    this.#pending.add(pending);
    return {
      answered: (at) => {
        this.#settle(at);
        if (this.#pending.delete(pending)) this.#answeredAt.push(at);
      },
      unused: () => void this.#pending.delete(pending),
    };
  }

  /** 0 when a message of this urgency may be sent now. */
  waitMs(now: number, urgency: Urgency): number {
    this.#settle(now);
    let longest = 0;
    for (const { count, windowMs } of this.#limits) {
      const free = toAllowed(count, urgency) - this.#pending.size;
      const decisive = this.#answeredAt.length - free;
      const at = decisive < this.#first ? undefined : this.#answeredAt[decisive];
      const waitMs =
        free <= 0 ? lookAgainMs : at === undefined ? 0 : Math.min(windowMs, at + windowMs - now);
      longest = Math.max(longest, waitMs);
    }
    return longest;
  }

  /** The share of what live messages may use of an hour that was used in the last one, 0 to 1. */
  usedOfHour(now: number): number {
    const hour = this.#limits.find(({ windowMs }) => windowMs === hourMs);
    if (!hour) return 0;
    this.#settle(now);
    const recent = this.#answeredAt.length - this.#first;
    return Math.min(1, recent / toAllowed(hour.count, 'live'));
  }

  /** Whether nothing is remembered that a new object would not know. */
  isEmpty(now: number): boolean {
    this.#settle(now);
    return this.#pending.size === 0 && this.#answeredAt.length === this.#first;
  }

  /** Takes hanging calls as arrived and forgets calls older than every window. */
  #settle(now: number): void {
    for (const pending of this.#pending) {
      if (now - pending.beganAt < arrivalMs) break;
      this.#pending.delete(pending);
      this.#answeredAt.push(pending.beganAt + arrivalMs);
    }
    while ((this.#answeredAt[this.#first] ?? Infinity) <= now - this.#longestMs) this.#first += 1;
    if (this.#first < 1_024 || this.#first * 2 < this.#answeredAt.length) return;
    this.#answeredAt = this.#answeredAt.slice(this.#first);
    this.#first = 0;
  }
}
