import { printDuration } from '../domain/duration.ts';
import { fewestForFloor, printGuard, type Guard } from '../domain/guard.ts';
import type { Run } from '../domain/run.ts';
import type { CourseSecond, FaultFacts, GuardFacts } from './report.ts';
import { printClock, printShare } from './text.ts';

/** What each guard decided, and how near it came. */
export function toGuardFacts(
  { proposal, trip }: Run,
  { span }: FaultFacts,
  seconds: readonly CourseSecond[],
): readonly GuardFacts[] {
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
    return { guard: name, decision: 'kept', detail: describeNearest(guard, under) };
  });
}

function describeNearest(guard: Guard, seconds: readonly CourseSecond[]): string {
  if (guard.kind === 'lost-sight') return 'Predictions and pods stayed in sight.';
  const worst = findWorstWindow(seconds, guard.windowMs);
  return worst
    ? `The lowest was ${printShare(worst.share)} over ${printDuration(guard.windowMs)}, ended at ${printClock(worst.until)} UTC.`
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
