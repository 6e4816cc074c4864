import { printDuration } from '../domain/duration.ts';
import { toEvidenceShares } from '../domain/availability-drop.ts';
import { toLostMs } from '../domain/error-budget.ts';
import { countLost, toPredictionStream } from '../domain/prediction-stream.ts';
import { fewestForFloor, printGuard, type Guard } from '../domain/guard.ts';
import { findEnd } from '../domain/measurement.ts';
import { listGaps } from '../domain/list-gaps.ts';
import type { Run } from '../domain/run.ts';
import type { CourseSecond, FaultFacts, GuardFacts } from './report.ts';
import { printClock, printShare } from './text.ts';

/** What each guard decided, and how near it came. */
export function toGuardFacts(
  run: Run,
  { span }: FaultFacts,
  seconds: readonly CourseSecond[],
): readonly GuardFacts[] {
  const { proposal, trip } = run;
  return proposal.guards.map((guard): GuardFacts => {
    const name = printGuard(guard, proposal);
    if (trip && printGuard(trip.guard, proposal) === name)
      return {
        guard: name,
        decision: 'tripped',
        detail: `${trip.reason}, at ${printClock(trip.at)} UTC`,
        at: trip.at,
      };
    if (!span) return { guard: name, decision: 'not asked', detail: 'No fault was active.' };
    const under = seconds.filter((second) => findEnd(second) > span.from && second.at < span.until);
    return { guard: name, decision: 'kept', detail: describeNearest(guard, run, under) };
  });
}

function describeNearest(guard: Guard, run: Run, seconds: readonly CourseSecond[]): string {
  const stream = toPredictionStream(run, []);
  switch (guard.kind) {
    case 'lost-sight':
      return describeSight(run);
    case 'availability-floor':
      return describeLowest(guard.windowMs, seconds);
    case 'budget-cap': {
      const spentMs = toLostMs(countLost(seconds), stream.ratePerSecond);
      return `Lost predictions came to ${printDuration(spentMs)} without any.`;
    }
    case 'consecutive-failures':
      return `At most ${countLongestLoss(seconds)} in a row were lost.`;
    case 'availability-drop':
      return describeEvidence(toEvidenceShares(guard, { ...stream, seconds }).peak);
  }
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

/** The guard looked at each prediction; this is counted again from whole seconds, which hold more at once. */
function describeEvidence(share: number): string {
  return share < 1
    ? `The evidence for it came to ${printShare(share)} of what would have ended the fault.`
    : 'In one whole second the evidence for it was enough, but not after any single prediction.';
}

/** The most predictions in a row that were not good, counted in whole seconds without a good one. */
function countLongestLoss(seconds: readonly CourseSecond[]): number {
  let [longest, row] = [0, 0];
  for (const { sent, good } of seconds) {
    row = good > 0 ? 0 : row + sent;
    longest = Math.max(longest, row);
  }
  return longest;
}

function describeLowest(windowMs: number, seconds: readonly CourseSecond[]): string {
  const worst = findWorstWindow(seconds, windowMs);
  return worst
    ? `The lowest was ${printShare(worst.share)} over ${printDuration(windowMs)}, ended at ${printClock(worst.until)} UTC.`
    : 'Too few predictions to judge.';
}

/** The window of whole seconds with the lowest availability, of those with enough predictions for the guard. */
function findWorstWindow(seconds: readonly CourseSecond[], windowMs: number) {
  let worst: { readonly until: number; readonly share: number } | undefined;
  let [first, sent, good] = [0, 0, 0];
  for (const second of seconds) {
    const until = findEnd(second);
    [sent, good] = [sent + second.sent, good + second.good];
    for (let old = seconds[first]; old && old.at < until - windowMs; old = seconds[first]) {
      [sent, good] = [sent - old.sent, good - old.good];
      first += 1;
    }
    const share = good / sent;
    if (sent >= fewestForFloor && share < (worst?.share ?? 2)) worst = { until, share };
  }
  return worst;
}
