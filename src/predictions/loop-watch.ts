import type { SteadyClock } from './steady-clock.ts';

/** A span in which the event loop of this thread did not turn. */
export type Standstill = {
  /** When the loop turned last. */
  readonly since: number;
  /** Up to when it was reported already; `since` at first. */
  readonly from: number;
  readonly until: number;
  /** Whether the loop has stood still for as long as a pause by now. */
  readonly isPause: boolean;
};

const beatMs = 20;
/** The loop is late by more than a timer may be. */
const noticeableMs = 30;
/** While one standstill lasts, callbacks of the same turn report its growth in steps of at least this. */
const stepMs = 5;

/**
 * Notices when the event loop, its thread or the whole process stands still, by the monotonic clock. A beat is due every 20 ms; whatever the loop calls
 * calls `turn()` first, so that a standstill is known before anything that waited for its end is judged.
 */
export class LoopWatch {
  readonly #clock: SteadyClock;
  readonly #pauseMs: number;
  readonly #onStandstill: (standstill: Standstill) => void;
  readonly #beat: NodeJS.Timeout;
  #beatAt: number;
  #reportedUntil: number;

  constructor(clock: SteadyClock, pauseMs: number, onStandstill: (standstill: Standstill) => void) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
    this.#onStandstill = onStandstill;
    this.#beatAt = this.#reportedUntil = clock.now();
    this.#beat = setInterval(() => (this.#beatAt = this.#reportedUntil = this.turn()), beatMs);
    this.#beat.unref();
  }

  /** Returns the time, after it has reported what stood still until now. */
  turn(): number {
    const now = this.#clock.now();
    const from = this.#reportedUntil;
    if (now - this.#beatAt > noticeableMs && now - from > stepMs) {
      this.#reportedUntil = now;
      const since = this.#beatAt;
      this.#onStandstill({ since, from, until: now, isPause: now - since >= this.#pauseMs });
    }
    return now;
  }

  stop(): void {
    clearInterval(this.#beat);
  }
}
