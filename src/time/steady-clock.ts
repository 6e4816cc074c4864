type Sleep = (durationMs: number, signal?: AbortSignal) => Promise<void>;

/**
 * Returns a clock for measuring how long something lasted: limits, waits and the age of what is remembered. Setting the time of day does not change it. Its
 * times, in ms, are no times of day.
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
