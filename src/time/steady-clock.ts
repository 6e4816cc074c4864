type Sleep = (durationMs: number, signal?: AbortSignal) => Promise<void>;

/**
 * A clock for what counts how long something lasted: limits, waits, and what is remembered for some time. It goes on whatever becomes of the time of day, and
 * its times, in ms, are told to nobody.
 */
export function toSteadyClock(clock: { monotonicMs(): number; sleep: Sleep }): {
  now(): number;
  sleep: Sleep;
} {
  return {
    now: () => clock.monotonicMs(),
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
  };
}
