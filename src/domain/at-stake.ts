import { hadRecovered } from './had-recovered.ts';
import { addFailures } from './join-seconds.ts';
import { listAllSeconds } from './list-seconds.ts';
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
 * The predictions a run is charged with, by the due time of each. What was measured after the fault counts only where the service had not
 * come back before, or failed once more.
 * Undefined for a journal from before the time between phases was recorded, and while the recovery is not judged.
 */
export function toStake(run: Run): Stake | undefined {
  const course = toCourse(run);
  return course && toStakeOf(course, course.startRequestedAt, course.parts);
}

/** Predictions sent and lost before the fault was active, from then until the service had recovered, and afterwards. */
export type Stakes = { readonly before: Stake; readonly fault: Stake; readonly later?: Stake };

/** Returns the predictions of a run by when they were due next to its fault: from its end on, where none was measured under it. */
export function toStakes(run: Run): Stakes | undefined {
  const course = toCourse(run);
  const startedAt = run.observed?.measurement.startedAt ?? run.faultEndedAt;
  if (!course || startedAt === undefined) return undefined;
  const { all, startRequestedAt, parts, after, later } = course;
  const [preparing, rest] = [parts.slice(0, 1), parts.slice(1)];
  const before = { from: startRequestedAt, until: startedAt, parts: preparing };
  const beyond = sum([...rest, ...later]);
  return {
    before: { ...before, seconds: cutSeconds(all, { ...before, beyond }) },
    fault: toStakeOf(course, startedAt, rest),
    ...(later.length === 0
      ? {}
      : {
          later: {
            from: after.startedAt,
            until: after.endedAt,
            parts: later,
            seconds: takeSince(all, after.startedAt, sum(later)),
          },
        }),
  };
}

/** What was measured of a run since the request for its start. */
type Course = {
  readonly startRequestedAt: number;
  /** Until the service had recovered, in order. */
  readonly parts: readonly StakePart[];
  readonly after: PhaseMeasurement;
  /** What was due when it had recovered; nothing where it had not. */
  readonly later: readonly StakePart[];
  readonly all: readonly SecondMeasurement[];
};

function toCourse(run: Run): Course | undefined {
  const { startRequestedAt, observed, recovered } = run;
  if (startRequestedAt === undefined || !recovered?.preparing || !recovered.waiting)
    return undefined;
  const { measurement: after, preparing, waiting } = recovered;
  const isBack = hadRecovered(run);
  const last = [toPart('after', after.predictions)];
  const parts = [
    toPart('preparing', preparing),
    ...(observed ? [toPart('fault', observed.measurement.predictions)] : []),
    toPart('waiting', waiting),
    ...(isBack ? [] : last),
  ];
  return { startRequestedAt, parts, after, later: isBack ? last : [], all: listAllSeconds(run) };
}

function toStakeOf(
  { all, after, later }: Course,
  from: number,
  parts: readonly StakePart[],
): Stake {
  const until = later.length > 0 ? after.startedAt : after.endedAt;
  const stake = { from, until, parts };
  if (later.length === 0) return { ...stake, seconds: takeSince(all, from, sum(parts)) };
  return { ...stake, seconds: cutSeconds(all, { ...stake, beyond: sum(later) }) };
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
  /** What was due from `until` on. */
  readonly beyond: Counted;
};

/**
 * Seconds do not know which of their predictions were due before a boundary within them, but what was due from a boundary to the end of the run is known
 * exactly: all the seconds from there on hold too much by what was due before it.
 */
function cutSeconds(
  all: readonly SecondMeasurement[],
  { from, until, parts, beyond }: Cut,
): readonly SecondMeasurement[] {
  const others = all.filter((second) => findEnd(second) > until);
  const rest = subtract(sum(others), beyond);
  return takeSince(all, from, sum([...parts, beyond])).flatMap((second) => {
    if (findEnd(second) <= until) return second;
    return second.at === others[0]?.at ? { ...second, ...limit(rest, second) } : [];
  });
}

/** The seconds from a boundary on, to the end of the run; `counted` is what was due in that time. */
function takeSince(
  all: readonly SecondMeasurement[],
  from: number,
  counted: Counted,
): readonly SecondMeasurement[] {
  const since = all.filter((second) => findEnd(second) > from);
  return takeFromFirst(since, subtract(sum(since), counted));
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
