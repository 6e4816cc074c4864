import { addFailures, joinSeconds } from './join-seconds.ts';
import {
  findEnd,
  type FailureCounts,
  type FailureKind,
  type PhaseMeasurement,
  type PredictionMeasurement,
  type SecondMeasurement,
} from './measurement.ts';
import type { Run } from './run.ts';

/** What came of predictions, to be added up. */
export type Counted = Pick<SecondMeasurement, 'sent' | 'good' | 'failures'>;

/** What a run can be held to account for: every prediction due from the request for the start until the service had recovered. */
export type Stake = {
  /** Where it lies, ms since the epoch. */
  readonly from: number;
  readonly until: number;
  /** What was lost in each part of it; they add up to what the seconds show. */
  readonly parts: readonly StakePart[];
  /** Seconds of which only what was due within it is counted, oldest first. */
  readonly seconds: readonly SecondMeasurement[];
};

export type StakePart = Counted & { readonly name: 'preparing' | 'fault' | 'waiting' | 'after' };

/**
 * The predictions a run is charged with, by the due time of each. What was measured after the fault counts only where the service had not come back.
 * Undefined for a journal from before the time between phases was recorded, and while the recovery is not judged.
 */
export function toStake({ startRequestedAt, observed, recovered }: Run): Stake | undefined {
  if (startRequestedAt === undefined || !recovered?.preparing || !recovered.waiting)
    return undefined;
  const { measurement: after, recovery, preparing, waiting } = recovered;
  const isBack = recovery.predictionsGoodAfterMs !== null;
  const parts = [
    toPart('preparing', preparing),
    ...(observed ? [toPart('fault', observed.measurement.predictions)] : []),
    toPart('waiting', waiting),
    ...(isBack ? [] : [toPart('after', after.predictions)]),
  ];
  const all = joinSeconds(observed ? [observed.measurement, after] : [after]);
  const until = isBack ? after.startedAt : after.endedAt;
  const seconds = cutSeconds(all, { from: startRequestedAt, until, parts, after, isBack });
  return { from: startRequestedAt, until, parts, seconds };
}

function toPart(
  name: StakePart['name'],
  { sent, good, failures }: PredictionMeasurement,
): StakePart {
  return { name, sent, good, failures };
}

type Cut = {
  readonly from: number;
  readonly until: number;
  readonly parts: readonly Counted[];
  readonly after: PhaseMeasurement;
  readonly isBack: boolean;
};

/**
 * Seconds do not know which of their predictions were due before a boundary within them, but what was due from a boundary to the end of the run is known
 * exactly: all the seconds from there on hold too much by what was due before it.
 */
function cutSeconds(
  all: readonly SecondMeasurement[],
  { from, until, parts, after, isBack }: Cut,
): readonly SecondMeasurement[] {
  const since = (at: number) => all.filter((second) => findEnd(second) > at);
  const known = sum(isBack ? [...parts, after.predictions] : parts);
  const begun = takeFromFirst(since(from), subtract(sum(since(from)), known));
  if (!isBack) return begun;
  const rest = subtract(sum(since(until)), after.predictions);
  const [boundary] = since(until);
  return begun.flatMap((second) => {
    if (findEnd(second) <= until) return second;
    return second.at === boundary?.at ? { ...second, ...limit(rest, second) } : [];
  });
}

function takeFromFirst(
  [first, ...others]: readonly SecondMeasurement[],
  excess: Counted,
): readonly SecondMeasurement[] {
  return first ? [{ ...first, ...subtract(first, limit(excess, first)) }, ...others] : [];
}

/** Adds up what came of predictions. */
export function sum(counted: readonly Counted[]): Counted {
  return counted.reduce<Counted>(
    (all, { sent, good, failures }) => ({
      sent: all.sent + sent,
      good: all.good + good,
      failures: addFailures(all.failures, failures),
    }),
    { sent: 0, good: 0, failures: {} },
  );
}

function subtract(all: Counted, part: Counted): Counted {
  return {
    sent: all.sent - part.sent,
    good: all.good - part.good,
    failures: mapFailures(all.failures, (kind, count) => count - (part.failures[kind] ?? 0)),
  };
}

/** Never more than the whole, and never less than nothing: records of a run that was interrupted may disagree. */
function limit(part: Counted, whole: Counted): Counted {
  const within = (count: number, most: number) => Math.min(Math.max(0, count), most);
  return {
    sent: within(part.sent, whole.sent),
    good: within(part.good, whole.good),
    failures: mapFailures(whole.failures, (kind, most) => within(part.failures[kind] ?? 0, most)),
  };
}

function mapFailures(
  failures: FailureCounts,
  change: (kind: FailureKind, count: number) => number,
): FailureCounts {
  const entries = Object.entries(failures) as [FailureKind, number][];
  return Object.fromEntries(
    entries
      .map(([kind, count]) => [kind, change(kind, count)] as const)
      .filter(([, count]) => count > 0),
  );
}
