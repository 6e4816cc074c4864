import { toEvidenceShares } from '../domain/availability-drop.ts';
import { describePeak } from '../domain/describe-peak.ts';
import { printDuration } from '../domain/duration.ts';
import { toSpentMs, type Guard } from '../domain/guard.ts';
import { isTripped, toWatchedStream } from '../domain/guard-peaks.ts';
import { joinGaps, listGaps } from '../domain/list-gaps.ts';
import { countConsecutiveLost, listBreaks } from '../domain/lost-rows.ts';
import { toPredictionStream } from '../domain/prediction-stream.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';
import { printBound, printEvidence, printShare } from '../domain/print-numbers.ts';
import type { Fact } from './describe-proposal.ts';

/** How near each guard that did not end the fault came to it; undefined where none can be told. */
export function printPeaks(run: Run): string | undefined {
  if (!run.observed) return undefined;
  const stream = toWatchedStream(run);
  const peaks = run.proposal.guards
    .filter((guard) => !isTripped(guard, run))
    .flatMap((guard) => describePeak(guard, stream) ?? []);
  return peaks.length === 0 ? undefined : peaks.join('; ');
}

/** How far each guard is from ending the fault; nothing of those that have nothing to go by yet. */
export function toGuardFacts(run: Run, progress: Progress): Fact[] {
  return run.proposal.guards.flatMap((guard) => {
    const value = printStanding(guard, run, progress);
    return value === undefined ? [] : [{ title: guardTitles[guard.kind], value }];
  });
}

const guardTitles: Readonly<Record<Guard['kind'], string>> = {
  'lost-sight': 'Lost-sight guard',
  'availability-floor': 'Availability guard',
  'budget-cap': 'Error-budget guard',
  'consecutive-failures': 'Failures-in-a-row guard',
  'availability-drop': 'Early-drop guard',
};

function printStanding(guard: Guard, run: Run, progress: Progress): string | undefined {
  const stream = toPredictionStream(run, progress.seconds);
  const { seconds } = stream;
  const gaps = joinGaps([{ gaps: listGaps(run) }, progress.predictions]);
  if (seconds.length === 0 && guard.kind !== 'availability-floor') return undefined;
  switch (guard.kind) {
    case 'lost-sight':
      return undefined;
    case 'availability-floor':
      return printWindow(guard, progress);
    case 'budget-cap':
      return `${printDuration(toSpentMs(stream))} of ${printDuration(guard.spendMs)} spent`;
    case 'consecutive-failures':
      return `${countConsecutiveLost(seconds, listBreaks({ ...stream, gaps }))} lost in a row, ${guard.count} end the fault`;
    case 'availability-drop':
      return `${printEvidence(Math.min(1, toEvidenceShares(guard, stream).now))} of the way to stopping`;
  }
}

function printWindow(
  { floor, windowMs }: { floor: number; windowMs: number },
  { windows }: Progress,
): string | undefined {
  const window = windows.find((candidate) => candidate.windowMs === windowMs);
  return window && window.sent > 0
    ? `${printShare(window.good / window.sent)} over ${printDuration(windowMs)}, floor ${printBound(floor)}`
    : undefined;
}
