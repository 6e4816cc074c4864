import { findEnd, type SecondMeasurement } from './measurement.ts';

/** A merged minute is as long as this, ms: it may begin so long before a moment that lies in it. */
const longestRecordMs = 60_000;

/** Returns the records that begin in `[from, until)`, ms since the epoch, of records that are in order. A run of hours has very many of them, and of outages. */
export function sliceSeconds(
  seconds: readonly SecondMeasurement[],
  from: number,
  until: number,
): readonly SecondMeasurement[] {
  return seconds.slice(findIndexFrom(seconds, from), findIndexFrom(seconds, until));
}

/** Returns the records of which some part lies in `[from, until)`, as above. */
export function sliceTouching(
  seconds: readonly SecondMeasurement[],
  from: number,
  until: number,
): readonly SecondMeasurement[] {
  return sliceSeconds(seconds, from - longestRecordMs, until).filter(
    (second) => findEnd(second) > from,
  );
}

/** Returns the index of the first record that does not begin before a moment. */
export function findIndexFrom(seconds: readonly SecondMeasurement[], from: number): number {
  let [low, high] = [0, seconds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((seconds[middle]?.at ?? Infinity) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
