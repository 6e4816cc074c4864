import type { CarryingPod } from './injection.ts';
import { printTime } from './print-time.ts';
import type { RunEvent } from './run-event.ts';
import type { Run } from './run.ts';

/** What was seen, after the end of a run, of the fault that it left behind. */
export type LeftFault = {
  /** When that was written down, ms since the epoch. */
  readonly at: number;
  /** How often it was, counted from 1. */
  readonly count: number;
  /** The pods that carry it; empty when none does any more. */
  readonly carrying: readonly CarryingPod[];
  /** The cluster did not show its pods: this is what was seen last. */
  readonly isUnseen?: true;
  /** When pods were last seen to carry it, where nobody looked for a while after that; absent where somebody did. Ms since the epoch. */
  readonly carriedUntil?: number;
};

type LeftFaultSeen = Extract<RunEvent, { type: 'left-fault-seen' }>;

const hourMs = 3_600_000;

/** How long after the end of the run people are told that pods carry the fault still, ms. The last is the end of watching. */
const tellAfterMs = [hourMs, 4 * hourMs, 12 * hourMs, 24 * hourMs] as const;

/** How long a fault that was left behind is watched after the end of its run, ms. */
export const watchLeftForMs = 24 * hourMs;

/** The pods that carry the fault of a run whose execution is over, as far as is known by now. */
export function listCarrying({
  leftFault,
  carrying = [],
}: Pick<Run, 'leftFault' | 'carrying'>): readonly CarryingPod[] {
  return leftFault?.carrying ?? carrying;
}

/** Whether a run ended with pods that carry its fault, and is still to be watched for that. */
export function isLeftToWatch(run: Run): boolean {
  const { end, leftFault } = run;
  if (!end || listCarrying(run).length === 0) return false;
  return countDue(run, leftFault?.at ?? end.at) < tellAfterMs.length;
}

/** What is seen of a fault that was left behind: the pods that carry it, undefined while the cluster does not show them, and when some were last seen to. */
export type LeftSight = {
  readonly carrying: readonly CarryingPod[] | undefined;
  readonly carriedUntil: number;
};

/** Two looks that are no further apart leave no doubt when something happened, ms. */
const closeMs = 60_000;

/** What is to be written down of a fault that was left behind; undefined while that is nothing new. */
export function findLeftFaultEvent(
  run: Run,
  { carrying: seen, carriedUntil }: LeftSight,
  now: number,
): LeftFaultSeen | undefined {
  const { end, leftFault } = run;
  if (!end || !isLeftToWatch(run)) return undefined;
  if (seen?.length === 0)
    return {
      type: 'left-fault-seen',
      carrying: [],
      ...(now - carriedUntil > closeMs ? { carriedUntil } : {}),
    };
  if (countDue(run, now) === countDue(run, leftFault?.at ?? end.at)) return undefined;
  return seen
    ? { type: 'left-fault-seen', carrying: seen }
    : { type: 'left-fault-seen', carrying: listCarrying(run), isUnseen: true };
}

/** When pods were last written down to carry it, ms since the epoch. Where they were not seen any more when the run ended, they did at the end of the fault at least. */
export function toCarriedUntil(run: Run): number {
  const { end, leftFault, recovered, faultEndedAt, carriedUntil } = run;
  if (leftFault && !leftFault.isUnseen) return leftFault.at;
  if (carriedUntil !== undefined) return carriedUntil;
  const endedAt = end?.at ?? 0;
  return recovered?.recovery.podsUnseen ? (faultEndedAt ?? endedAt) : endedAt;
}

/** When people are told next that pods carry it still, ms since the epoch; undefined after the last time. */
export function findNextUpdateAt(run: Run): number | undefined {
  const { end, leftFault } = run;
  if (!end) return undefined;
  const nextMs = tellAfterMs[countDue(run, leftFault?.at ?? end.at)];
  return nextMs === undefined ? undefined : end.at + nextMs;
}

function countDue({ end }: Run, at: number): number {
  return tellAfterMs.filter((afterMs) => end !== undefined && at - end.at >= afterMs).length;
}

/** `removed by 2026-11-27 14:05:12 UTC`, or between two times where nobody looked for a while. */
export function printRemoval({ at, carriedUntil }: LeftFault): string {
  return carriedUntil === undefined
    ? `removed by ${printTime(at)}`
    : `removed between ${printTime(carriedUntil)} and ${printTime(at)}`;
}
