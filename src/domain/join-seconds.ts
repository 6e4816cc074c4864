import type {
  FailureCounts,
  PhaseMeasurement,
  PodLosses,
  SecondMeasurement,
} from './measurement.ts';

/**
 * The seconds of several phases, each once and in order. A second may be in the records of two phases, so the fuller of them is taken; one that a phase has in
 * two parts, since looking began anew within it, is put together.
 */
export function joinSeconds(phases: readonly PhaseMeasurement[]): readonly SecondMeasurement[] {
  const joined = new Map<number, SecondMeasurement>();
  for (const { seconds } of phases) {
    for (const [at, parts] of Map.groupBy(seconds, toWholeSecond)) {
      const second = parts.map((part) => ({ ...part, at })).reduce(join);
      const known = joined.get(at);
      if (!known || dueIn(known) < dueIn(second)) joined.set(at, second);
    }
  }
  return [...joined.values()].toSorted((left, right) => left.at - right.at);
}

/** How many predictions are accounted for in a second, measured or not. */
function dueIn({ sent, unmeasured = 0 }: SecondMeasurement): number {
  return sent + unmeasured;
}

function toWholeSecond({ at }: SecondMeasurement): number {
  return Math.floor(at / 1_000) * 1_000;
}

/** What cannot be added, such as latencies, is that of the part with more good predictions. */
function join(one: SecondMeasurement, other: SecondMeasurement): SecondMeasurement {
  const unmeasured = (one.unmeasured ?? 0) + (other.unmeasured ?? 0);
  return {
    ...(one.good >= other.good ? one : other),
    ...(unmeasured === 0 ? {} : { unmeasured }),
    sent: one.sent + other.sent,
    good: one.good + other.good,
    failures: addFailures(one.failures, other.failures),
    ...addFailedBy(one, other),
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
