import type { FaultFacts } from './report.ts';

/** Returns what is known of a fault of which no span is: once its start was asked for, it may have been active unseen. */
export function describeNoFault({ startRequestedAt, rehearsed }: FaultFacts): string {
  return startRequestedAt === null || rehearsed
    ? 'No fault was active.'
    : 'No fault was seen to be active.';
}
