import { printDuration } from '../domain/duration.ts';
import { listCarriedMs } from '../domain/injection.ts';
import { printClock } from '../domain/print-time.ts';
import type { FaultFacts } from './report.ts';

type Span = NonNullable<FaultFacts['span']>;

/**
 * Says how long a fault lasted, as the rest of a sentence about it: `lasted 34s, from 10:00:05 to 10:00:39 UTC`. Where all pods were rid of it long before its executor
 * recorded its end, both lengths are said: `lasted 34s in Azure's record, from 10:00:05 to 10:00:39 UTC, but pods carried it for 7.2s`.
 */
export function describeFaultSpan({ from, until }: Span, { injection }: FaultFacts): string {
  const lastedMs = until - from;
  const carriedMs = findCarriedMs(injection);
  const when = `from ${printClock(from)} to ${printClock(until)} UTC`;
  if (carriedMs === undefined || lastedMs - carriedMs <= sameWithinMs)
    return `lasted ${printDuration(lastedMs)}, ${when}`;
  return `lasted ${printDuration(lastedMs)} in Azure's record, ${when}, but pods carried it for ${printDuration(carriedMs)}`;
}

/** For how long pods carried a fault that was too short for that reason; undefined where that is not known of one, or it is its executor that ended it too soon. */
function findCarriedMs(injection: FaultFacts['injection']): number | undefined {
  const { hit = [], mismatches = [] } = injection ?? {};
  const carried = listCarriedMs(hit);
  const isOfPods = mismatches.some(
    (mismatch) => mismatch.code === 'too-short' && carried.includes(mismatch.lastedMs),
  );
  return isOfPods && carried.length === hit.length ? Math.max(...carried) : undefined;
}

/** A smaller difference is one between two ways of seeing the same. */
const sameWithinMs = 2_000;
