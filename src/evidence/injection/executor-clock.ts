import type { ExecutionReport } from '../../domain/run-event.ts';

/** What an executor's times are held against, to go on with after a restart. Times are ms since the epoch by our clock. */
export type ExecutorClockState = {
  /** When it said first, and when last, that the fault is active. */
  readonly active?: { readonly first: number; readonly last: number };
  /** How far its clock is ahead of ours at least. */
  readonly aheadMs?: number;
  /** Since when it was heard again and again, and when last: our clock made no jump in between. */
  readonly heard?: { readonly since: number; readonly last: number };
};

/** When an executor was asked, and when it had answered; and when it was asked for the start. */
type Heard = { readonly readAt: number; readonly now: number; readonly askedAt: number };

/** How long an executor may go on saying what is no longer so: that it prepares a fault, or that one is active. */
export const sayingDelayMs = 10_000;
/** When an end lies further back than this, the bot's clock may have been set forward in between. */
const longestSayingMs = 60_000;
/** It is heard more often than this, unless it does not answer or our clock jumps. */
const heardWithinMs = 30_000;
/** Less is no difference between clocks: answers take time. */
const leastErrorMs = 2_000;

/**
 * Tells from what an executor says, and when, that its clock differs from ours, and puts its times right. What it says has happened can't lie ahead of now;
 * a fault can't begin before it was asked for, nor end long before it was said to be active. A smaller difference can't be told from what an executor does
 * late, and is not put right. An end that lies far before the fault was last called active is left out where the bot's clock may have been set forward in between.
 */
export class ExecutorClock {
  #active: ExecutorClockState['active'];
  #aheadMs: number;
  #heard: ExecutorClockState['heard'];

  constructor({ active, aheadMs = 0, heard }: ExecutorClockState = {}) {
    this.#active = active;
    this.#aheadMs = aheadMs;
    this.#heard = heard;
  }

  state(): ExecutorClockState {
    return {
      ...(this.#active ? { active: this.#active } : {}),
      ...(this.#aheadMs > 0 ? { aheadMs: this.#aheadMs } : {}),
      ...(this.#heard ? { heard: this.#heard } : {}),
    };
  }

  /** Returns what was said, with its times by our clock. Its span keeps its length. */
  correct(report: ExecutionReport, { readAt, now, askedAt }: Heard): ExecutionReport {
    const { state, startedAt, stoppedAt } = report;
    const { since = now, last = now } = this.#heard ?? {};
    this.#heard = { since: now - last > heardWithinMs ? now : since, last: now };
    const latest = Math.max(startedAt ?? -Infinity, stoppedAt ?? -Infinity);
    this.#aheadMs = Math.max(this.#aheadMs, latest - now);
    const behindMs = this.#findBehind(report, askedAt);
    // A status that is not known counts as active, also of an execution that has ended.
    if (state === 'running' && stoppedAt === undefined)
      this.#active = { first: this.#active?.first ?? now, last: readAt };
    if (this.#aheadMs > leastErrorMs) return shift(report, -this.#aheadMs);
    const corrected = behindMs > leastErrorMs ? shift(report, behindMs) : report;
    return this.#contradicts(corrected) ? omitEnd(corrected) : corrected;
  }

  #contradicts({ stoppedAt }: ExecutionReport): boolean {
    if (stoppedAt === undefined || (this.#heard?.since ?? Infinity) <= stoppedAt) return false;
    return (this.#active?.last ?? 0) - stoppedAt > longestSayingMs;
  }

  /** A fault may end long before it is no longer called active, but it began before it was called so first. */
  #findBehind({ startedAt, stoppedAt }: ExecutionReport, askedAt: number): number {
    const byStartMs = startedAt === undefined ? 0 : askedAt - startedAt;
    if (!this.#active || startedAt === undefined || stoppedAt === undefined) return byStartMs;
    const byEndMs = this.#active.last - sayingDelayMs - stoppedAt;
    return Math.max(byStartMs, Math.min(byEndMs, this.#active.first - startedAt));
  }
}

function omitEnd({ stoppedAt: _stoppedAt, ...report }: ExecutionReport): ExecutionReport {
  return report;
}

function shift(report: ExecutionReport, byMs: number): ExecutionReport {
  const { startedAt, stoppedAt } = report;
  return {
    ...report,
    clockAheadMs: -byMs,
    ...(startedAt === undefined ? {} : { startedAt: startedAt + byMs }),
    ...(stoppedAt === undefined ? {} : { stoppedAt: stoppedAt + byMs }),
  };
}
