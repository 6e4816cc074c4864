import { printDuration } from '../domain/duration.ts';
import { toEvidence, toEvidenceLimit } from '../domain/availability-drop.ts';
import { toLostMs } from '../domain/error-budget.ts';
import {
  countConsecutiveLost,
  countLost,
  toPredictionStream,
} from '../domain/prediction-stream.ts';
import { fewestForFloor, printGuard, type Guard } from '../domain/guard.ts';
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
    const name = printGuard(guard);
    if (trip && printGuard(trip.guard) === name)
      return {
        guard: name,
        decision: 'tripped',
        detail: `${trip.reason}, at ${printClock(trip.at)} UTC`,
      };
    if (!span) return { guard: name, decision: 'not asked', detail: 'No fault was active.' };
    const under = seconds.filter(({ at }) => at + 1_000 > span.from && at < span.until);
    return { guard: name, decision: 'kept', detail: describeNearest(guard, run, under) };
  });
}

function describeNearest(guard: Guard, run: Run, seconds: readonly CourseSecond[]): string {
  const stream = toPredictionStream(run, []);
  switch (guard.kind) {
    case 'lost-sight':
      return 'Predictions and pods stayed in sight.';
    case 'availability-floor':
      return describeLowest(guard.windowMs, seconds);
    case 'budget-cap': {
      const spentMs = toLostMs(countLost(seconds), stream.ratePerSecond);
      return `Lost predictions came to ${printDuration(spentMs)} without any.`;
    }
    case 'consecutive-failures':
      return `At most ${findMost(seconds, countConsecutiveLost)} in a row were lost.`;
    case 'availability-drop': {
      const evidence = findMost(seconds, (until) => toEvidence(guard, until));
      return `The evidence for it came to ${printShare(evidence / toEvidenceLimit(guard, stream))} of what would have ended the fault.`;
    }
  }
}

/** The most that anything came to, looked at after each second. */
function findMost(
  seconds: readonly CourseSecond[],
  measure: (until: readonly CourseSecond[]) => number,
): number {
  return Math.max(0, ...seconds.map((_second, index) => measure(seconds.slice(0, index + 1))));
}

function describeLowest(windowMs: number, seconds: readonly CourseSecond[]): string {
  const worst = findWorstWindow(seconds, windowMs);
  return worst
    ? `The lowest was ${printShare(worst.share)} over ${printDuration(windowMs)}, ended at ${printClock(worst.until)} UTC.`
    : 'Too few predictions to judge.';
}

/** The window of whole seconds with the lowest availability, of those with enough predictions for the guard. */
function findWorstWindow(seconds: readonly CourseSecond[], windowMs: number) {
  const windows = seconds.map(({ at }) => {
    const until = at + 1_000;
    const within = seconds.filter((second) => second.at >= until - windowMs && second.at < until);
    const sent = within.reduce((sum, second) => sum + second.sent, 0);
    const good = within.reduce((sum, second) => sum + second.good, 0);
    return { until, sent, share: good / sent };
  });
  return windows
    .filter(({ sent }) => sent >= fewestForFloor)
    .toSorted((left, right) => left.share - right.share)
    .at(0);
}
