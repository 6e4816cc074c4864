import type { Urgency } from './message.ts';

const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;
const longestAskedMs = 15 * 60_000;
/** The conversation counts as closed to the bot after this many refusals in a row, this far apart: one may be an accident. */
const refusalsToBelieve = 3;
const confirmAfterMs: readonly number[] = [2_000, 8_000];
const firstProbeMs = 60_000;
const longestProbeMs = 30 * 60_000;
const firstLiveRestMs = 30_000;
const longestLiveRestMs = 10 * 60_000;

/** What a conversation may not do yet, learned from how Teams answered its last calls. */
export class Pauses {
  /** Teams named this time. */
  #askedUntil = 0;
  #backoffUntil = 0;
  #failures = 0;
  #refusals = 0;
  #probeAt = 0;
  #probeMs = firstProbeMs;
  #liveAt = 0;
  #liveRestMs = firstLiveRestMs;
  /** Since when the bot may not speak here; undefined while it may. */
  silentSince: number | undefined;

  /** How long a message still waits. An answer to a stop that was not tried yet does not wait for an outage to end. */
  waitMs(now: number, urgency: Urgency, attempts: number): number {
    const backoffUntil = urgency === 'stop' && attempts === 0 ? 0 : this.#backoffUntil;
    const liveAt = urgency === 'live' ? this.#liveAt : 0;
    const probeAt = this.silentSince === undefined ? 0 : this.#probeAt;
    return Math.max(0, this.#askedUntil - now, backoffUntil - now, liveAt - now, probeAt - now);
  }

  /** Teams is busy or cannot be reached. */
  busy(now: number, afterMs?: number): void {
    this.#failures += 1;
    if (afterMs === undefined) this.#backoffUntil = now + toBackoffMs(this.#failures);
    else this.#askedUntil = now + Math.min(longestAskedMs, afterMs);
  }

  /** The bot may not speak here, Teams says. Returns whether that is believed from now on. */
  refused(now: number): boolean {
    this.#refusals += 1;
    if (this.silentSince !== undefined) {
      this.#probeMs = Math.min(longestProbeMs, this.#probeMs * 2);
      this.#probeAt = now + this.#probeMs;
      return false;
    }
    this.#backoffUntil = now + (confirmAfterMs[this.#refusals - 1] ?? 0);
    if (this.#refusals < refusalsToBelieve) return false;
    this.silentSince = now;
    this.#probeMs = firstProbeMs;
    this.#probeAt = now + this.#probeMs;
    return true;
  }

  /** New numbers cannot be shown. */
  liveFailed(now: number): void {
    this.#liveAt = now + this.#liveRestMs;
    this.#liveRestMs = Math.min(longestLiveRestMs, this.#liveRestMs * 2);
  }

  /** A call succeeded. */
  worked(urgency: Urgency): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#backoffUntil = 0;
    this.silentSince = undefined;
    if (urgency === 'live') this.#liveRestMs = firstLiveRestMs;
  }

  /** Something came from this conversation: Teams works and the bot seems to be in it, so the next call need not wait, but for a time that Teams named. */
  heard(): void {
    this.#probeAt = 0;
    this.#backoffUntil = 0;
  }
}

function toBackoffMs(failures: number): number {
  const longMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1));
  return longMs * (0.75 + Math.random() / 2);
}
