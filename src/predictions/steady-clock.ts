/** Milliseconds since the epoch that never jump, with fractions: the wall clock at its origin, the monotonic clock from there on. */
export type SteadyClock = { now(): number };

/** Returns what to add to the monotonic clock to get the wall clock as it is now. Clocks of several threads agree when they share it. */
export function readOrigin(): number {
  return Date.now() - readMonotonicMs();
}

export function createSteadyClock(origin = readOrigin()): SteadyClock {
  const offsetMs = origin + readMonotonicMs() - performance.now();
  return { now: () => offsetMs + performance.now() };
}

function readMonotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
