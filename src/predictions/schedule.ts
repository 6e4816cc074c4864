/** Milliseconds since the epoch that never jump, with fractions: the wall clock when it was made, the monotonic clock from there on. */
export type SteadyClock = { now(): number };

export function createSteadyClock(): SteadyClock {
  const origin = Date.now() - performance.now();
  return { now: () => origin + performance.now() };
}

export type Schedule = { stop(): void };

/**
 * Calls `onDue` for each multiple of `intervalMs` from now on, with its count and when it was due. A timer that comes late makes up for
 * what was missed, so that the rate holds.
 */
export function startSchedule(
  intervalMs: number,
  clock: SteadyClock,
  onDue: (count: number, dueAt: number) => void,
): Schedule {
  const startedAt = clock.now();
  let count = 0;
  let timer: NodeJS.Timeout;
  const tick = () => {
    for (; startedAt + count * intervalMs <= clock.now(); count += 1) {
      onDue(count, startedAt + count * intervalMs);
    }
    timer = setTimeout(tick, startedAt + count * intervalMs - clock.now());
  };
  timer = setTimeout(tick, 0);
  return { stop: () => clearTimeout(timer) };
}
