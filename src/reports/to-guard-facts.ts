import { describeTrip, toTripEffect } from '../domain/describe-trip.ts';
import { describePeak } from '../domain/describe-peak.ts';
import { printDuration } from '../domain/duration.ts';
import { printGuard } from '../domain/guard.ts';
import { isTripped, toWatchedStream } from '../domain/guard-peaks.ts';
import { listGaps } from '../domain/list-gaps.ts';
import type { Run } from '../domain/run.ts';
import { describeNoFault } from './describe-no-fault.ts';
import type { FaultFacts, GuardFacts } from './report.ts';

/** Returns what each guard decided, and how near it came. */
export function toGuardFacts(run: Run, fault: FaultFacts): readonly GuardFacts[] {
  const { proposal, trip: tripped = run.lateTrip } = run;
  const stream = toWatchedStream(run);
  return proposal.guards.map((guard): GuardFacts => {
    const name = printGuard(guard, proposal);
    if (tripped && isTripped(guard, { trip: tripped, proposal }))
      return {
        guard: name,
        decision: 'tripped',
        detail: describeTrip(run, tripped),
        at: tripped.at,
        effect: toTripEffect(run),
      };
    if (!fault.span) return { guard: name, decision: 'not asked', detail: describeNoFault(fault) };
    const detail =
      guard.kind === 'lost-sight' ? describeSight(run) : toSentence(describePeak(guard, stream));
    return { guard: name, decision: 'kept', detail };
  });
}

function toSentence(peak = 'no prediction was measured while it held'): string {
  return `${peak.slice(0, 1).toUpperCase()}${peak.slice(1)}.`;
}

/** A shorter one is no loss of sight. */
const shortestGapMs = 1_000;

/** How long predictions and pods were out of sight under the fault. */
function describeSight(run: Run): string {
  const { startRequestedAt: since = Infinity, faultEndedAt: until = Infinity, observed } = run;
  const lengths = listGaps(run).map(
    (gap) => Math.min(gap.until, until) - Math.max(gap.from, since),
  );
  const longestMs = Math.max(0, ...lengths);
  const { unseenMs } = observed?.measurement.pods ?? {};
  const parts = [
    ...(longestMs < shortestGapMs
      ? []
      : [`Predictions were not measured for ${printDuration(longestMs)} at most.`]),
    ...(unseenMs === undefined
      ? []
      : [`Pods were not seen for ${printDuration(unseenMs)} in all.`]),
  ];
  return parts.length === 0 ? 'Predictions and pods stayed in sight.' : parts.join(' ');
}
