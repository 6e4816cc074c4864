import { printDuration } from './duration.ts';

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
