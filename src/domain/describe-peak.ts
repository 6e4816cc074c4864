import { toEvidenceShares, type AvailabilityDrop } from './availability-drop.ts';
import { printDuration } from './duration.ts';
import { toSpentMs, type Guard } from './guard.ts';
import { printClock } from './print-time.ts';
import { printBound, printEvidence, printPercent } from './print-numbers.ts';
import { findLowestWindow, type WatchedStream } from './guard-peaks.ts';
import { boundLongestRow, listBreaks } from './lost-rows.ts';

/** Says how near a guard that did not trip came to ending the fault, to the second; undefined for what the stream of predictions does not tell. */
export function describePeak(guard: Guard, stream: WatchedStream): string | undefined {
  const { seconds } = stream;
  if (seconds.length === 0) return undefined;
  switch (guard.kind) {
    case 'lost-sight':
      return undefined;
    case 'availability-floor':
      return describeLowest(guard, stream);
    case 'consecutive-failures': {
      const { least, most } = boundLongestRow(seconds, listBreaks(stream));
      const longest = least === most ? `${most}` : `${least} to ${most}, by whole seconds`;
      // A row counts while it lasts: see `createConsecutiveState`.
      const over = least < guard.count ? '' : ', but not as predictions became known';
      return `longest row of lost predictions: ${longest}${over} (${guard.count} end the fault)`;
    }
    case 'availability-drop':
      return describeEvidence(guard, stream);
    case 'budget-cap': {
      const [spent, cap] = [toSpentMs(stream), guard.spendMs].map(printDuration);
      return `lost predictions came to ${spent} of full outage (${cap} end the fault)`;
    }
  }
}

function describeLowest(
  { floor, windowMs }: Extract<Guard, { kind: 'availability-floor' }>,
  stream: WatchedStream,
): string {
  const lowest = findLowestWindow(windowMs, stream);
  if (!lowest) return `availability was never measured over a whole ${printDuration(windowMs)}`;
  const share = `${printPercent(lowest.share)}${lowest.orLower ? ' or lower' : ''}`;
  const when = `in the whole seconds until ${printClock(lowest.until)} UTC`;
  // The guard counts predictions when they become known, and seconds those that were due.
  const but = lowest.share < floor ? ', but not as predictions became known' : '';
  return `lowest availability over ${printDuration(lowest.lengthMs)}: ${share}, ${when} (floor ${printBound(floor)}${but})`;
}

function describeEvidence(guard: AvailabilityDrop, stream: WatchedStream): string {
  const { peak } = toEvidenceShares(guard, stream);
  const share =
    peak < 1
      ? `about ${printEvidence(peak)} of the way to ending the fault`
      : 'enough in one whole second, but not after any single prediction';
  return `signs of a drop towards ${printBound(guard.to)}: ${share}`;
}
