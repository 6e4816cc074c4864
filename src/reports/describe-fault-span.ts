import { printDuration } from '../domain/duration.ts';
import { printClock } from '../domain/print-time.ts';
import type { FaultFacts } from './report.ts';

type Span = NonNullable<FaultFacts['span']>;

/**
 * Says how long a fault lasted, as the rest of a sentence about it: `lasted 34s, from 10:00:05 to 10:00:39 UTC`. Where pods were rid of it long before its executor
 * recorded its end, both lengths are said: `lasted 34s in Azure's record, from 10:00:05 to 10:00:39 UTC, but pods carried it for 7.2s`.
 */
export function describeFaultSpan({ from, until }: Span, { injection }: FaultFacts): string {
  const lastedMs = until - from;
  const shorter = injection?.mismatches.find(
    (mismatch) => mismatch.code === 'too-short' && lastedMs - mismatch.lastedMs > sameWithinMs,
  );
  const when = `from ${printClock(from)} to ${printClock(until)} UTC`;
  if (shorter?.code !== 'too-short') return `lasted ${printDuration(lastedMs)}, ${when}`;
  const carried = printDuration(shorter.lastedMs);
  return `lasted ${printDuration(lastedMs)} in Azure's record, ${when}, but pods carried it for ${carried}`;
}

/** A smaller difference is one between two ways of seeing the same. */
const sameWithinMs = 2_000;
