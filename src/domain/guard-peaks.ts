import { fewestForFloor, printGuard, toBreakMs, type Guard } from './guard.ts';
import { joinSeconds } from './join-seconds.ts';
import { listGaps } from './list-gaps.ts';
import { findEnd, type Gap, type SecondMeasurement } from './measurement.ts';
import { toPredictionStream, type PredictionStream } from './prediction-stream.ts';
import type { Run } from './run.ts';

/** Where predictions were measured at all. Times are ms since the epoch. */
export type Sight = Pick<PredictionStream, 'ratePerSecond'> & {
  /** When the first prediction was due. */
  readonly since: number;
  readonly gaps: readonly Gap[];
};

/** What the guards of a run looked at: the stream since the start was asked for, until the fault was over or was being ended. */
export type WatchedStream = PredictionStream &
  Sight & {
    /** The seconds before it, oldest first, which are in the first windows of a floor. */
    readonly before: readonly SecondMeasurement[];
  };

/** Returns what the guards of a run looked at; without any second where no start was asked for. */
export function toWatchedStream(run: Run): WatchedStream {
  const { startRequestedAt = Infinity, trip, stop, cancelRequestedAt, faultEndedAt, end } = run;
  const phases = [run.baseline, run.observed, run.recovered].flatMap((phase) =>
    phase ? [phase.measurement] : [],
  );
  // After a stop no guard is asked, whether Azure accepts it or not.
  const ends = [trip?.at, stop?.at, cancelRequestedAt, faultEndedAt, end?.at];
  const until = Math.min(...ends.map((at = Infinity) => at));
  const seconds = joinSeconds(phases).filter(({ at }) => at < until);
  return {
    ...toPredictionStream(run, seconds),
    ...toSight(run),
    before: seconds.filter(({ at }) => at < startRequestedAt),
  };
}

/** Returns where the predictions of a run were measured. */
export function toSight(run: Run): Sight {
  const { ratePerSecond } = run.proposal.service.scoring;
  const { startedAt: since = Infinity } = run.baseline?.measurement ?? {};
  return { ratePerSecond, since, gaps: listGaps(run) };
}

type Span = { readonly from: number; readonly until: number };

/** Returns a function that says whether a floor can be judged on a window: predictions were measured all the time, but for moments. */
export function createWindowCheck({
  since,
  gaps,
  ratePerSecond,
}: Sight): (window: Span) => boolean {
  const leastMs = toBreakMs(ratePerSecond);
  const breaks = gaps.filter(({ from, until }) => until - from >= leastMs);
  return ({ from, until }) =>
    from >= since && !breaks.some((gap) => gap.from < until && gap.until > from);
}

/** The window of whole seconds with the lowest availability. */
export type LowestWindow = {
  readonly lengthMs: number;
  readonly until: number;
  readonly share: number;
  /** Whether there may have been a lower one in minutes that are recorded as a whole. */
  readonly orLower: boolean;
};

/** Returns the lowest of the windows that a floor looked at: they were measured wholly, with enough predictions in them. Undefined when there was none. */
export function findLowestWindow(
  windowMs: number,
  stream: WatchedStream,
): LowestWindow | undefined {
  const lengthMs = Math.ceil(windowMs / 1_000) * 1_000;
  const all = [...stream.before, ...stream.seconds];
  const isWhole = createWindowCheck(stream);
  let lowest: { readonly until: number; readonly share: number } | undefined;
  let orLower = false;
  let [first, sent, good] = [0, 0, 0];
  // A minute that is recorded as a whole can't be parted.
  let cutUntil = Number.NEGATIVE_INFINITY;
  for (const [index, second] of all.entries()) {
    const until = findEnd(second);
    const from = Math.min(second.at, until - lengthMs);
    [sent, good] = [sent + second.sent, good + second.good];
    for (let old = all[first]; old && old.at < from; old = all[first]) {
      [sent, good] = [sent - old.sent, good - old.good];
      cutUntil = findEnd(old);
      first += 1;
    }
    const isJudged = index >= stream.before.length && sent >= fewestForFloor && cutUntil <= from;
    if (!isJudged || !isWhole({ from, until })) continue;
    orLower ||= until - from > lengthMs && good < sent;
    if (good / sent < (lowest?.share ?? Infinity)) lowest = { until, share: good / sent };
  }
  return lowest && { ...lowest, lengthMs, orLower };
}

/** Whether it was this guard that ended the fault. */
export function isTripped(
  guard: Guard,
  { trip, proposal }: Pick<Run, 'trip' | 'proposal'>,
): boolean {
  return trip !== undefined && printGuard(trip.guard, proposal) === printGuard(guard, proposal);
}
