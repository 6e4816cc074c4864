import { printDuration } from '../domain/duration.ts';
import { fewestForFloor, type Guard } from '../domain/guard.ts';
import { printBound, printPercent } from '../domain/print-numbers.ts';
import type { GuardState, Seen } from './guard-state.ts';

type Floor = Extract<Guard, { kind: 'availability-floor' }>;

/**
 * Keeps the predictions that became known in the window of an availability floor. There is a window only where it was watched
 * wholly: `watchedSince` is when predictions began to be measured without a gap.
 */
export function createFloorState(
  { floor, windowMs }: Floor,
  watchedSince: () => number,
): GuardState & { window(now: number): { sent: number; good: number } | undefined } {
  let seen: Seen[] = [];
  let [first, good] = [0, 0];
  const forget = (before: number) => {
    for (let old = seen[first]; old && old.endedAt < before; old = seen[first]) {
      if (old.isGood) good -= 1;
      first += 1;
    }
    if (first > seen.length / 2) [seen, first] = [seen.slice(first), 0];
  };
  const window = (now: number) => {
    forget(now - windowMs);
    return watchedSince() > now - windowMs ? undefined : { sent: seen.length - first, good };
  };
  return {
    see(prediction) {
      seen.push(prediction);
      if (prediction.isGood) good += 1;
    },
    window,
    findReason(now) {
      const { sent } = window(now) ?? { sent: 0 };
      if (sent < fewestForFloor || good / sent >= floor) return undefined;
      return `availability was ${printPercent(good / sent)} over the last ${printDuration(windowMs)} (${good} of ${sent} predictions), below the floor of ${printBound(floor)}`;
    },
  };
}
