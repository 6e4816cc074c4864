import type { DatedTrip, GuardTrip } from '../domain/guard.ts';

/** What the journal may not have yet. Times are ms since the epoch. */
export type AlarmState = {
  /** The guard that tripped first, and when. */
  readonly trip?: DatedTrip;
  /** When Azure was first asked to end the fault without refusing it. */
  readonly endAskedAt?: number;
};

/** Remembers the first guard that trips in a run, and when Azure was asked to end its fault, and sounds when a guard trips. */
export class GuardAlarm {
  readonly #sounding = new AbortController();
  #trip: DatedTrip | undefined;
  endAskedAt: number | undefined;

  /** What is known from before a restart does not sound again. */
  constructor(earlier: AlarmState | undefined) {
    this.restore(earlier);
  }

  /** Adds what was kept elsewhere. */
  restore({ trip, endAskedAt }: AlarmState = {}): void {
    this.#trip ??= trip;
    this.endAskedAt ??= endAskedAt;
  }

  get trip(): DatedTrip | undefined {
    return this.#trip;
  }

  /** Aborts as soon as a guard trips. */
  get signal(): AbortSignal {
    return this.#sounding.signal;
  }

  /** Remembers a guard that trips, unless one has tripped before. Returns the first. */
  remember(trip: GuardTrip | undefined, at: number): DatedTrip | undefined {
    if (trip) this.#trip ??= { ...trip, at };
    return this.#trip;
  }

  sound(): void {
    this.#sounding.abort();
  }

  state(): AlarmState {
    return {
      ...(this.#trip ? { trip: this.#trip } : {}),
      ...(this.endAskedAt === undefined ? {} : { endAskedAt: this.endAskedAt }),
    };
  }
}
