import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/runs/ports/clock.ts';

/** A clock that runs this many times as fast as the real one, for waits beside real connections. */
export function createAcceleratedClock(factor: number): Clock {
  const startedAt = Date.now();
  return {
    now: () => startedAt + (performance.now() - beganAt) * factor,
    sleep: (durationMs, signal) =>
      delay(durationMs / factor, undefined, signal ? { signal } : {}).catch(() => undefined),
  };
}

const beganAt = performance.now();
