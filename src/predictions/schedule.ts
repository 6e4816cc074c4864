/** Milliseconds since the epoch that never jump, with fractions: the wall clock when it was made, the monotonic clock from there on. */
export type SteadyClock = { now(): number };

export function createSteadyClock(): SteadyClock {
  const origin = Date.now() - performance.now();
  return { now: () => origin + performance.now() };
}

export type Schedule = { stop(): void };

export type ScheduleOptions = {
  readonly intervalMs: number;
  /** Whatever is later than this is missed, not made up for. */
  readonly latestMs: number;
  readonly clock: SteadyClock;
  readonly onDue: (count: number, dueAt: number) => void;
  /** This process was held up for so long that `missed` were not worth sending any more. */
  readonly onMissed: (missed: number) => void;
};

/**
 * Calls `onDue` for each multiple of `intervalMs` from now on, with its count and when it was due. A timer that comes late makes up for
 * what was due meanwhile, so that the rate holds.
 */
export function startSchedule(options: ScheduleOptions): Schedule {
  const { intervalMs, latestMs, clock, onDue, onMissed } = options;
  const startedAt = clock.now();
  let count = 0;
  let timer: NodeJS.Timeout;
  const dueAt = () => startedAt + count * intervalMs;
  const tick = () => {
    const missed = Math.ceil((clock.now() - latestMs - dueAt()) / intervalMs);
    if (missed > 0) {
      count += missed;
      onMissed(missed);
    }
    for (; dueAt() <= clock.now(); count += 1) onDue(count, dueAt());
    timer = setTimeout(tick, dueAt() - clock.now());
  };
  timer = setTimeout(tick, 0);
  return { stop: () => clearTimeout(timer) };
}
