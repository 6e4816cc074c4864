import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { NameStore } from './ports/name-store.ts';

export type ForgetDeps = {
  readonly names: NameStore;
  /** Absent: they are kept until somebody erases them. */
  readonly keepNamesForMs?: number;
  readonly clock: Clock;
  readonly log: Log;
};

const intervalMs = 3_600_000;

/** Makes what forgets, to be called now and then, the names of people who have done nothing for as long as names are kept. */
export function createForgetting({ names, keepNamesForMs, clock, log }: ForgetDeps) {
  let nextAt = 0;
  return async (): Promise<void> => {
    const now = clock.now();
    if (keepNamesForMs === undefined || now < nextAt) return;
    nextAt = now + intervalMs;
    const erased = await names.eraseUnused(now - keepNamesForMs);
    if (erased > 0) log.info({ erased }, 'Names that were kept for long enough are erased.');
  };
}
