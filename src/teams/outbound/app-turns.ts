import type { Clock } from '../../runs/ports/clock.ts';
import { Fifo } from './fifo.ts';
import { isMoreUrgent, urgencies, type Urgency } from './message.ts';
import type { Call, SendLimits } from './send-limits.ts';

type Waiter = { isWaiting: boolean; readonly resolve: (call: Call | undefined) => void };

/**
 * Shares what the app may send among all conversations: the most urgent first, and in turn among equals, since a conversation waits for one call at a
 * time. An answer to a stop does not wait behind the answers of other conversations.
 */
export class AppTurns {
  readonly #limits: SendLimits;
  readonly #clock: Clock;
  readonly #waiting: Readonly<Record<Urgency, Fifo<Waiter>>> = {
    stop: new Fifo(),
    say: new Fifo(),
    live: new Fifo(),
  };
  #alarm: { readonly urgency: Urgency; readonly off: AbortController } | undefined;

  constructor(limits: SendLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Counts a call that does not wait for its turn, until the function that is returned ends it. */
  begin(): () => void {
    const call = this.#limits.begin(this.#clock.now());
    return () => call.answered(this.#clock.now());
  }

  /** Resolves with a call when it may be made; with undefined once the signal aborts. */
  take(urgency: Urgency, signal: AbortSignal): Promise<Call | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<Call | undefined>();
    const waiter: Waiter = { isWaiting: true, resolve };
    this.#waiting[urgency].push(waiter);
    signal.addEventListener('abort', () => {
      waiter.isWaiting = false;
      resolve(undefined);
    });
    // While the alarm is set, only what is more urgent than whoever waits for it can be granted earlier.
    if (!this.#alarm || isMoreUrgent(urgency, this.#alarm.urgency)) this.#grant();
    return promise;
  }

  #grant(): void {
    for (;;) {
      const urgency = urgencies.find((one) => this.#first(one));
      if (!urgency) return this.#setAlarm(undefined, 0);
      const now = this.#clock.now();
      const waitMs = this.#limits.waitMs(now, urgency);
      if (waitMs > 0) return this.#setAlarm(urgency, waitMs);
      const waiter = this.#waiting[urgency].shift();
      if (!waiter) continue;
      waiter.isWaiting = false;
      waiter.resolve(this.#limits.begin(now));
    }
  }

  /** The first who still waits. */
  #first(urgency: Urgency): Waiter | undefined {
    const line = this.#waiting[urgency];
    while (line.peek()?.isWaiting === false) line.shift();
    return line.peek();
  }

  #setAlarm(urgency: Urgency | undefined, waitMs: number): void {
    this.#alarm?.off.abort();
    this.#alarm = undefined;
    if (!urgency) return;
    const alarm = { urgency, off: new AbortController() };
    this.#alarm = alarm;
    const ring = () => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#grant();
    };
    void this.#clock.sleep(waitMs, alarm.off.signal).then(ring);
  }
}
