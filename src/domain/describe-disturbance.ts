import { printDuration, printShortDuration } from './duration.ts';
import type { Cause } from './match-disturbance.ts';

/** Less than this is within what two watches differ by. */
const atOnceMs = 100;

type Consequences = Omit<Cause, 'way' | 'kind'>;

/** Returns what happened after a disturbance, in order: `out of rotation after 0.3s`, `replaced by diabetes-d`, `ready again after 12s`. */
export function listConsequences(cause: Consequences): readonly string[] {
  const { outOfRotationMs, replacedBy, name } = cause;
  return [
    ...(outOfRotationMs === undefined ? [] : [`out of rotation ${printDelay(outOfRotationMs)}`]),
    ...(replacedBy === undefined
      ? []
      : [`replaced by ${replacedBy === name ? 'another of that name' : replacedBy}`]),
    ...describeEnd(cause),
  ];
}

/** `at once`, `after 1.2s` */
export function printDelay(delayMs: number): string {
  return delayMs < atOnceMs ? 'at once' : `after ${printShortDuration(delayMs)}`;
}

/** `ready again after 40s`, `not seen ready again`; nothing of what was over at once, or is gone for good. */
function describeEnd({ from, until, details }: Consequences): readonly string[] {
  if (details.at(-1) === 'gone') return [];
  if (until === null) return ['not seen ready again'];
  return until > from ? [`ready again after ${printDuration(until - from)}`] : [];
}
