import type { Clock } from '../runs/ports/clock.ts';
import { readFailure } from './azure-error.ts';

/** How long nothing is read where Azure does not say how long to wait. */
const usualWaitMs = 10_000;
/** Azure counts requests over five minutes: a longer wait is not needed. */
const longestWaitMs = 300_000;

/** What Azure answered last, and how long it wants nothing asked. */
type Throttled = { readonly at: number; readonly waitMs: number; readonly answer: unknown };

/**
 * Creates the pace of the reads that are repeated while a fault is active: after a 429 nothing is asked, for any run, until Azure's `Retry-After` is over.
 * Rejects meanwhile with what Azure answered.
 */
export function createReadPace(clock: Pick<Clock, 'now'>) {
  let throttled: Throttled | undefined;
  return async <Value>(read: () => Promise<Value>): Promise<Value> => {
    const { at = 0, waitMs = 0, answer } = throttled ?? {};
    const passedMs = clock.now() - at;
    // A clock that was set back must not make the wait longer.
    if (throttled && passedMs >= 0 && passedMs < waitMs) throw answer;
    try {
      return await read();
    } catch (error) {
      throttled = toThrottled(error, clock.now()) ?? throttled;
      throw error;
    }
  };
}

function toThrottled(error: unknown, at: number): Throttled | undefined {
  const { statusCode, retryAfterMs = usualWaitMs } = readFailure(error);
  if (statusCode !== 429) return undefined;
  return { at, waitMs: Math.min(retryAfterMs, longestWaitMs), answer: error };
}
