import type { ChaosError } from '../domain/chaos-error.ts';
import { toUnreadReason, type UnreadExecution } from '../domain/unread-execution.ts';

/** Requests that fail once in a while are no news. */
const missesToTell = 2;

/** Whether it can be read how the execution of a run stands, and since when it can't. */
export class ExecutionSight {
  #unread: UnreadExecution | undefined;
  #misses = 0;
  #goneSince: number | undefined;
  #askedAtTick = 0;
  #overSince: number | undefined;

  /** `overSince`: since when it was known to be over before a restart. */
  constructor(overSince?: number) {
    this.#overSince = overSince;
  }

  /** Whether Azure is to be asked at this tick, each `ticksPerRead` of a phase; that counts as asked. */
  isDue(tick: number, ticksPerRead: number): boolean {
    // Each phase begins with tick 0.
    const isFirst = tick < this.#askedAtTick || tick === 0;
    if (!isFirst && tick - this.#askedAtTick < ticksPerRead) return false;
    this.#askedAtTick = tick;
    return true;
  }

  /** Learns at `at` that the execution is over, or counts as over. */
  heardOver(at: number): void {
    this.#overSince ??= at;
  }

  /** Since when the execution is known to be over, or counts as over; undefined before. Ms since the epoch. */
  get overSince(): number | undefined {
    return this.#overSince;
  }

  /** Learns that Azure said how the execution stands. */
  heard(): void {
    this.#unread = undefined;
    this.#goneSince = undefined;
    this.#misses = 0;
  }

  /** Learns that Azure was asked at `at` and did not say it. */
  missed({ code, suggestion }: ChaosError, at: number): void {
    const reason = toUnreadReason(code);
    this.#misses += 1;
    this.#unread = { reason, since: this.#unread?.since ?? at, suggestion };
    if (reason === 'gone') this.#goneSince ??= at;
  }

  /** Why it can't be read; undefined while it can. */
  get unread(): UnreadExecution | undefined {
    return this.#unread;
  }

  /** The same, where people should know of it. */
  get toTell(): UnreadExecution | undefined {
    return this.#misses >= missesToTell ? this.#unread : undefined;
  }

  /** Since when Azure says that it has no such execution, whatever else it answered since. Ms since the epoch. */
  get goneSince(): number | undefined {
    return this.#goneSince;
  }
}
