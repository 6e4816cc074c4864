import { toEvidenceShares } from './availability-drop.ts';
import { printDuration } from './duration.ts';
import { fewestForFloor, toSpentMs, type Guard } from './guard.ts';
import type { SecondMeasurement } from './measurement.ts';
import type { PredictionStream } from './prediction-stream.ts';

/** How near a guard came to ending the fault, in words, to the second; undefined for what the stream of predictions does not tell. */
export function describePeak(guard: Guard, stream: PredictionStream): string | undefined {
  const { seconds } = stream;
  if (seconds.length === 0) return undefined;
  switch (guard.kind) {
    case 'lost-sight':
      return undefined;
    case 'availability-floor': {
      const lowest = findLowest(guard.windowMs, seconds);
      const over = `over ${printDuration(guard.windowMs)}`;
      return lowest === undefined
        ? undefined
        : `availability ${over} was ${printPercent(lowest)} at least, the floor is ${printPercent(guard.floor)}`;
    }
    case 'consecutive-failures':
      return `${findLongestLoss(seconds)} in a row were lost at most, ${guard.count} end the fault`;
    case 'availability-drop': {
      const { peak } = toEvidenceShares(guard, stream);
      return `${printPercent(Math.min(1, peak))} at most of the evidence for a drop towards ${printPercent(guard.to)} that ends the fault`;
    }
    case 'budget-cap':
      return `${printDuration(toSpentMs(stream))} were spent of ${printDuration(guard.spendMs)}`;
  }
}

/** Rounded down, so that nothing is said to have been reached that was not. */
const printPercent = (share: number) => `${Math.floor(share * 1_000 + 1e-9) / 10}%`;

/** The lowest availability of any window with enough predictions in it for the floor. */
function findLowest(windowMs: number, seconds: readonly SecondMeasurement[]): number | undefined {
  const shares = seconds.flatMap((last, index) => {
    const window = seconds
      .slice(Math.max(0, index + 1 - Math.ceil(windowMs / 1_000)), index + 1)
      .filter(({ at }) => at > last.at - windowMs);
    const [sent, good] = [sum(window, 'sent'), sum(window, 'good')];
    return sent < fewestForFloor ? [] : [good / sent];
  });
  return shares.length === 0 ? undefined : shares.reduce((one, other) => Math.min(one, other));
}

function sum(seconds: readonly SecondMeasurement[], of: 'sent' | 'good'): number {
  return seconds.reduce((total, second) => total + second[of], 0);
}

function findLongestLoss(seconds: readonly SecondMeasurement[]): number {
  let [longest, now] = [0, 0];
  for (const { sent, good } of seconds) {
    now = good > 0 ? 0 : now + sent;
    longest = Math.max(longest, now);
  }
  return longest;
}
