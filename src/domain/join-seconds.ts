import {
  findEnd,
  type FailureCounts,
  type FailureKind,
  type LostAt,
  type PhaseMeasurement,
  type PodLosses,
  type SecondMeasurement,
} from './measurement.ts';

/**
 * The seconds of several phases, each once and in order. A second may be in the records of two phases, so the fuller of them is taken; one that a phase has in
 * two parts, since looking began anew within it, is put together. Of a minute that was merged by the time a phase was recorded only what the phase before does
 * not have second by second is left.
 */
export function joinSeconds(phases: readonly PhaseMeasurement[]): readonly SecondMeasurement[] {
  const joined = new Map<string, SecondMeasurement>();
  for (const { seconds } of phases) {
    for (const [at, parts] of Map.groupBy(seconds, toWholeSecond)) {
      const second = parts.map((part) => ({ ...part, at })).reduce(join);
      const key = `${at} ${findEnd(second)}`;
      const known = joined.get(key);
      if (!known || isFuller(second, known)) joined.set(key, second);
    }
  }
  const all = [...joined.values()].toSorted(byTime);
  return all.flatMap((second) => leaveRest(second, all)).toSorted(byTime);
}

const byTime = (left: SecondMeasurement, right: SecondMeasurement) => left.at - right.at;

/** What is left of a merged minute beside the seconds of it that are known one by one; a second itself. */
function leaveRest(
  merged: SecondMeasurement,
  all: readonly SecondMeasurement[],
): readonly SecondMeasurement[] {
  const end = findEnd(merged);
  if (end - merged.at <= 1_000) return [merged];
  const single = all.filter(
    (other) => other !== merged && other.at >= merged.at && findEnd(other) <= end,
  );
  if (single.length === 0) return [merged];
  const from = Math.max(...single.map(findEnd));
  const rest = single.reduce(subtract, merged);
  return end > from && dueIn(rest) > 0 ? [{ ...rest, at: from, spanMs: end - from }] : [];
}

function subtract(from: SecondMeasurement, part: SecondMeasurement): SecondMeasurement {
  const { unmeasured = 0, failedBy: _, lostAt: __, goodAgainAt: ___, ...second } = from;
  const lossTimes = leaveLossTimes(from, part);
  const less = (part.failedBy ?? []).map(({ pod, lost }) => ({ pod, lost: -lost }));
  const { failedBy = [] } = addFailedBy(from, { failedBy: less });
  const missing = Math.max(0, unmeasured - (part.unmeasured ?? 0));
  const left = failedBy.filter(({ lost }) => lost > 0);
  const failures = (Object.entries(from.failures) as [FailureKind, number][]).map(
    ([kind, count]) => [kind, count - (part.failures[kind] ?? 0)] as const,
  );
  return {
    ...second,
    sent: Math.max(0, from.sent - part.sent),
    good: Math.max(0, from.good - part.good),
    failures: Object.fromEntries(failures.filter(([, count]) => count > 0)),
    ...(missing === 0 ? {} : { unmeasured: missing }),
    ...(left.length === 0 ? {} : { failedBy: left }),
    ...lossTimes,
  };
}

/** What is left has its losses at the same times if what is taken away lies before them and has none itself. */
function leaveLossTimes(
  { lostAt, goodAgainAt }: SecondMeasurement,
  part: SecondMeasurement,
): Pick<SecondMeasurement, 'lostAt' | 'goodAgainAt'> {
  if (!lostAt || part.good < part.sent || findEnd(part) > lostAt.first) return {};
  const { goodBefore } = lostAt;
  return {
    lostAt: {
      ...lostAt,
      ...(goodBefore === undefined ? {} : { goodBefore: Math.max(0, goodBefore - part.good) }),
    },
    ...(goodAgainAt === undefined ? {} : { goodAgainAt }),
  };
}

/** How many predictions are accounted for in a second, measured or not. */
function dueIn({ sent, unmeasured = 0 }: SecondMeasurement): number {
  return sent + unmeasured;
}

/** A phase may end before the good prediction is known that follows its last losses. */
function isFuller(one: SecondMeasurement, other: SecondMeasurement): boolean {
  const more = dueIn(one) - dueIn(other);
  return (
    more > 0 || (more === 0 && other.goodAgainAt === undefined && one.goodAgainAt !== undefined)
  );
}

function toWholeSecond({ at }: SecondMeasurement): number {
  return Math.floor(at / 1_000) * 1_000;
}

/** What cannot be added, such as latencies, is that of the part with more good predictions. */
function join(one: SecondMeasurement, other: SecondMeasurement): SecondMeasurement {
  const unmeasured = (one.unmeasured ?? 0) + (other.unmeasured ?? 0);
  const { lostAt: _, goodAgainAt: __, ...fuller } = one.good >= other.good ? one : other;
  return {
    ...fuller,
    ...(unmeasured === 0 ? {} : { unmeasured }),
    sent: one.sent + other.sent,
    good: one.good + other.good,
    failures: addFailures(one.failures, other.failures),
    ...addFailedBy(one, other),
    ...joinLossTimes(one, other),
  };
}

type Losses = Pick<SecondMeasurement, 'sent' | 'good' | 'lostAt' | 'goodAgainAt'>;

/** Returns when the losses of several spans in a row began and ended, and when predictions were good again; nothing where that is not known of one that has some. */
export function joinLossTimes(
  ...parts: readonly Losses[]
): Pick<SecondMeasurement, 'lostAt' | 'goodAgainAt'> {
  const known = parts.flatMap(({ lostAt }) => lostAt ?? []);
  const after = parts.find((part) => part.goodAgainAt !== undefined);
  const lossy = parts.filter(({ sent, good }) => sent > good);
  if (lossy.length === 0 && after?.goodAgainAt !== undefined)
    return { goodAgainAt: after.goodAgainAt };
  if (known.length === 0 || known.length < lossy.length) return {};
  const first = Math.min(...known.map((one) => one.first));
  const last = Math.max(...known.map((one) => one.last));
  const goodAgainAt = Math.min(
    ...parts.map((part) => part.goodAgainAt ?? Infinity).filter((at) => at > last),
  );
  return {
    lostAt: { first, last, ...addAround(parts) },
    ...(Number.isFinite(goodAgainAt) ? { goodAgainAt } : {}),
  };
}

/** Counts the good predictions before the first loss of several spans in a row and after the last, where that is known of the spans that have them. */
function addAround(parts: readonly Losses[]): Pick<LostAt, 'goodBefore' | 'goodAfter'> {
  const isLossy = ({ sent, good }: Losses) => sent > good;
  const [first, last] = [parts.findIndex(isLossy), parts.findLastIndex(isLossy)];
  const count = (others: readonly Losses[]) => others.reduce((sum, { good }) => sum + good, 0);
  const { goodBefore } = parts[first]?.lostAt ?? {};
  const { goodAfter } = parts[last]?.lostAt ?? {};
  return {
    ...(goodBefore === undefined ? {} : { goodBefore: count(parts.slice(0, first)) + goodBefore }),
    ...(goodAfter === undefined ? {} : { goodAfter: goodAfter + count(parts.slice(last + 1)) }),
  };
}

export function addFailures(one: FailureCounts, other: FailureCounts): FailureCounts {
  const sum = new Map(Object.entries(one));
  for (const [kind, count] of Object.entries(other)) sum.set(kind, (sum.get(kind) ?? 0) + count);
  return Object.fromEntries(sum);
}

type FailedBy = { readonly failedBy?: readonly PodLosses[] };

/** Adds up which pods gave failed answers; nothing where none named itself. */
export function addFailedBy(...parts: readonly FailedBy[]): FailedBy {
  const sum = new Map<string, number>();
  for (const { pod, lost } of parts.flatMap(({ failedBy = [] }) => failedBy))
    sum.set(pod, (sum.get(pod) ?? 0) + lost);
  return sum.size === 0 ? {} : { failedBy: Array.from(sum, ([pod, lost]) => ({ pod, lost })) };
}
