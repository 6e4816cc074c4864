/** Milliseconds since the epoch that never jump, with fractions: the wall clock at its origin, the monotonic clock from there on. */
export type SteadyClock = { now(): number };

/** Returns what to add to the monotonic clock to get the wall clock as it is now. Clocks of several threads agree when they share it. */
export function readOrigin(): number {
  return readOffset(Date.now, readMonotonicMs);
}

export function createSteadyClock(origin = readOrigin()): SteadyClock {
  const offsetMs = origin + readOffset(readMonotonicMs, () => performance.now());
  return { now: () => offsetMs + performance.now() };
}

/** So far the clock of the machine may be from a steady one before it has been set, or the machine was suspended. */
export const longestDriftMs = 1_000;

/** Creates a clock that goes on where the wall clock is set back, and follows it where it is set forward, or the machine was suspended. */
export function createForwardClock(): SteadyClock {
  let clock = createSteadyClock();
  return {
    now() {
      if (measureLead(clock) > longestDriftMs) clock = createSteadyClock();
      return clock.now();
    },
  };
}

/** Returns how far the wall clock is ahead of a steady one by now, ms: about 0 unless it was set, or the machine was suspended. */
export function measureLead(clock: SteadyClock): number {
  const leads = Array.from({ length: readings }, () => Date.now() - clock.now());
  // A wait between two readings shows as a lead that is none.
  return leads.reduce((least, lead) => (Math.abs(lead) < Math.abs(least) ? lead : least));
}

/** A thread may have to wait between two readings; hardly between all of these. */
const readings = 20;

/** Returns how far `clock` is ahead of `other`: of several readings the one that was interrupted least, as a wait between the two makes it less. */
function readOffset(clock: () => number, other: () => number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let count = 0; count < readings; count += 1) most = Math.max(most, clock() - other());
  return most;
}

function readMonotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
