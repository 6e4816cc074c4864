import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longer than this, ms, long work must not keep the event loop. */
const longestSliceMs = 5;

/** Lets everything else in the process run in between the parts of long work: a stop must never wait for it. */
export class Turns {
  #since = performance.now();

  /** Gives the event loop a turn. */
  async give(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }

  /** Gives the event loop a turn when this work has kept it for a while. */
  async offer(): Promise<void> {
    if (performance.now() - this.#since >= longestSliceMs) await this.give();
  }
}
