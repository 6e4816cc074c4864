import { printDuration } from './duration.ts';
import type { Recovery } from './run-event.ts';

/** When something was seen to be well again, ms after the fault; with `notBeforeMs`, at some time since then. */
export type SeenAgain = {
  readonly afterMs: number;
  readonly notBeforeMs?: number | undefined;
};

/** `97s`, `at once`, or `between 1s and 97s` where the time before was not measured. */
export function printSeenAgain({ afterMs, notBeforeMs = afterMs }: SeenAgain): string {
  if (notBeforeMs >= afterMs) return afterMs === 0 ? atOnce : printDuration(afterMs);
  const least = notBeforeMs === 0 ? '0s' : printDuration(notBeforeMs);
  return `between ${least} and ${printDuration(afterMs)}`;
}

const atOnce = 'at once';

/** `after 97s`, `at once`, or `between 1s and 97s`. */
export function printAfter({ afterMs, notBeforeMs = afterMs }: SeenAgain): string {
  const seen = printSeenAgain({ afterMs, notBeforeMs });
  return notBeforeMs < afterMs || afterMs === 0 ? seen : `after ${seen}`;
}

/** `, all 2 that the workload wants now`; nothing where it wants as many as before. */
export function printPodsWanted({ podsWanted }: Pick<Recovery, 'podsWanted'>): string {
  if (podsWanted === undefined) return '';
  return podsWanted === 0
    ? ', as the workload wants none now'
    : `, all ${podsWanted} that the workload wants now`;
}
