import { printDuration } from '../domain/duration.ts';
import { toSpentMs, type Guard } from '../domain/guard.ts';
import { toPredictionStream } from '../domain/prediction-stream.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';
import type { Fact } from './describe-proposal.ts';
import { printShare } from './text.ts';

/** How far each guard is from ending the fault; nothing of those that have nothing to go by yet. */
export function toGuardFacts(run: Run, progress: Progress): Fact[] {
  return run.proposal.guards.flatMap((guard) => {
    const value = printStanding(guard, run, progress);
    return value === undefined ? [] : [{ title: 'Guard', value }];
  });
}

function printStanding(guard: Guard, run: Run, progress: Progress): string | undefined {
  const stream = toPredictionStream(run, progress.seconds);
  switch (guard.kind) {
    case 'lost-sight':
      return undefined;
    case 'availability-floor':
      return printWindow(guard, progress);
    case 'budget-cap':
      return stream.seconds.length === 0
        ? undefined
        : `${printDuration(toSpentMs(stream))} of ${printDuration(guard.spendMs)} spent`;
  }
}

function printWindow(
  { floor, windowMs }: { floor: number; windowMs: number },
  { windows }: Progress,
): string | undefined {
  const window = windows.find((candidate) => candidate.windowMs === windowMs);
  return window && window.sent > 0
    ? `${printShare(window.good / window.sent)} over ${printDuration(windowMs)}, floor ${printShare(floor)}`
    : undefined;
}
