import { startMetronome } from './metronome.ts';
import type { SteadyClock } from './steady-clock.ts';

export { createSteadyClock } from './steady-clock.ts';

export type Schedule = { stop(): void };

export type ScheduleOptions = {
  /** The time from one to the next; asked once for each. */
  readonly nextGapMs: () => number;
  /** Whatever is later than this is missed, not made up for. */
  readonly latestMs: number;
  readonly clock: SteadyClock;
  readonly onDue: (count: number, dueAt: number) => void;
  /** This process was held up for so long that `missed`, due until `dueAt`, were not worth sending any more. */
  readonly onMissed: (missed: number, dueAt: number) => void;
};

/**
 * Calls `onDue` for each that is due from now on, with its count and when it was due. A timer that comes late makes up for what was due
 * meanwhile, so that the rate holds.
 */
export function startSchedule(options: ScheduleOptions): Schedule {
  const { nextGapMs, latestMs, clock, onDue, onMissed } = options;
  // First: starting a thread takes its time, and nothing is due before.
  const metronome = startMetronome(() => tick());
  let dueAt = clock.now();
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** Goes on to the next one; gives the one that was. */
  const pass = () => {
    const passed = { count, dueAt };
    count += 1;
    dueAt += nextGapMs();
    return passed;
  };
  const skip = (until: number) => {
    const before = count;
    for (let isLate = dueAt < until; isLate; isLate = dueAt < until) pass();
    if (count > before) onMissed(count - before, until);
  };
  const tick = () => {
    if (stopped) return;
    // Once, not in the loop: what is sent must get its turn also when sending takes longer than the gaps.
    const now = clock.now();
    skip(now - latestMs);
    for (let isDue = dueAt <= now; isDue; isDue = dueAt <= now) {
      const due = pass();
      onDue(due.count, due.dueAt);
    }
    const waitMs = Math.max(0, dueAt - clock.now());
    clearTimeout(timer);
    timer = setTimeout(tick, waitMs + 1);
    // When it is behind, only the timer: messages of another thread are handled before the sockets get their turn.
    if (waitMs > 0) metronome.wakeIn(waitMs);
  };
  timer = setTimeout(tick, 0);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      metronome.stop();
    },
  };
}
