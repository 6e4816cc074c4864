import type { Clock } from '../runs/ports/clock.ts';
import type { Log } from '../runs/ports/log.ts';

const quietMs = 60_000;

/** Logs requests that nobody signed: anybody can send them, so there is one line a minute at most, with how many there were since the last. */
export class RefusalLog {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #log: Pick<Log, 'warn'>;
  #saidAt = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor({ clock, log }: { clock: Pick<Clock, 'now'>; log: Pick<Log, 'warn'> }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `reason` is for the operator and must hold nothing of the token. */
  add(reason: unknown): void {
    this.#count += 1;
    const now = this.#clock.now();
    if (now - this.#saidAt < quietMs) return;
    this.#log.warn(
      { refused: this.#count, reason },
      'Activities without a valid token were refused.',
    );
    this.#saidAt = now;
    this.#count = 0;
  }
}
