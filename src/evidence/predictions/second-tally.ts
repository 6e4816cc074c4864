import { addFailedBy, addFailures, joinLostAt } from '../../domain/join-seconds.ts';
import type {
  FailureCounts,
  Gap,
  LostAt,
  PodLosses,
  SecondMeasurement,
} from '../../domain/measurement.ts';
import type { MeasuredPrediction } from '../../domain/prediction-result.ts';
import { mostPods } from './pod-tally.ts';
import { splitGap } from './split-gap.ts';

const secondMs = 1_000;
const minuteMs = 60_000;
/** From this age on the seconds of a minute without failures become one record: nothing in them is worth a second's precision. */
const mergeGoodAfterMs = 10 * minuteMs;
/** From this age on every minute does, so that a service that fails for half a day does not fill the memory either. */
const mergeAllAfterMs = 60 * minuteMs;

type Open = {
  readonly at: number;
  spanMs: number;
  sent: number;
  good: number;
  failures: FailureCounts;
  failedBy: readonly PodLosses[];
  lostAt?: LostAt;
  unmeasured: number;
  /** Of the good ones. */
  latenciesMs: number[];
  measurement?: SecondMeasurement;
};

/** How long a gap may be to be counted second by second; a longer one is one record. */
const longestGapBySecondMs = 10 * minuteMs;

/**
 * The results of predictions second by second, with exact quantiles. A prediction counts in the second in which it was due, whenever its answer
 * came.
 */
export class SecondTally {
  #records = new Map<number, Open>();
  /** From before a restart; older than all records. */
  readonly #earlier: readonly SecondMeasurement[];
  #mergedAt = 0;
  /** The pods that are named in any second: a header can say anything, so they are limited. */
  readonly #named: Set<string>;

  constructor(earlier: readonly SecondMeasurement[] = []) {
    this.#earlier = earlier;
    this.#named = new Set(earlier.flatMap(({ failedBy = [] }) => failedBy.map(({ pod }) => pod)));
  }

  record({
    dueAt,
    outcome,
    latencyMs,
    pod,
  }: Pick<MeasuredPrediction, 'dueAt' | 'outcome' | 'latencyMs' | 'pod'>): void {
    const second = this.#open(Math.floor(dueAt / secondMs) * secondMs);
    second.sent += 1;
    if (outcome === 'good') {
      second.good += 1;
      second.latenciesMs.push(latencyMs);
    } else {
      second.failures = { ...second.failures, [outcome]: (second.failures[outcome] ?? 0) + 1 };
      const { first, last } = second.lostAt ?? { first: dueAt, last: dueAt };
      second.lostAt = { first: Math.min(first, dueAt), last: Math.max(last, dueAt) };
      if (pod !== undefined && this.#mayName(pod)) {
        const own = { failedBy: [{ pod, lost: 1 }] };
        second.failedBy = addFailedBy(second, own).failedBy ?? [];
      }
    }
  }

  #mayName(pod: string): boolean {
    if (this.#named.size < mostPods) this.#named.add(pod);
    return this.#named.has(pod);
  }

  /** Counts predictions that were due and not measured. */
  skip(gap: Gap): void {
    const isLong = gap.until - gap.from > longestGapBySecondMs;
    for (const { from, until, due } of isLong ? [gap] : splitGap(gap, secondMs)) {
      const second = this.#open(Math.floor(from / secondMs) * secondMs);
      second.unmeasured += due;
      if (isLong) second.spanMs = Math.floor(until / secondMs) * secondMs - second.at;
    }
  }

  #open(at: number): Open {
    const second = this.#records.get(at) ?? this.#begin(at);
    delete second.measurement;
    return second;
  }

  #begin(at: number): Open {
    if (at >= this.#mergedAt + minuteMs) this.#mergeOld(at);
    const counts = { sent: 0, good: 0, failures: {}, failedBy: [], unmeasured: 0 };
    const begun = { at, spanMs: secondMs, ...counts, latenciesMs: [] };
    this.#records.set(at, begun);
    return begun;
  }

  #mergeOld(now: number): void {
    this.#mergedAt = now;
    const byMinute = Map.groupBy(this.#records.values(), ({ at, spanMs }) =>
      spanMs === secondMs ? Math.floor(at / minuteMs) : undefined,
    );
    for (const [minute, seconds] of byMinute) {
      if (minute === undefined) continue;
      const ageMs = now - (minute + 1) * minuteMs;
      const wholly = seconds.every(
        ({ sent, good, unmeasured }) => sent === good && unmeasured === 0,
      );
      if (ageMs >= (wholly ? mergeGoodAfterMs : mergeAllAfterMs)) this.#merge(seconds);
    }
  }

  #merge(seconds: readonly Open[]): void {
    const at = Math.min(...seconds.map((second) => second.at));
    const end = Math.max(...seconds.map((second) => second.at)) + secondMs;
    const merged: Open = {
      at,
      spanMs: end - at,
      sent: seconds.reduce((sum, { sent }) => sum + sent, 0),
      good: seconds.reduce((sum, { good }) => sum + good, 0),
      failures: sumFailures(seconds),
      failedBy: addFailedBy(...seconds).failedBy ?? [],
      ...joinLostAt(...seconds),
      unmeasured: seconds.reduce((sum, { unmeasured }) => sum + unmeasured, 0),
      latenciesMs: seconds.flatMap(({ latenciesMs }) => latenciesMs),
    };
    merged.measurement = toMeasurement(merged);
    merged.latenciesMs = [];
    for (const second of seconds) this.#records.delete(second.at);
    this.#records.set(at, merged);
  }

  /** Oldest first. */
  measurements(): readonly SecondMeasurement[] {
    const all = Array.from(this.#records.values(), (second) => {
      second.measurement ??= toMeasurement(second);
      return second.measurement;
    });
    return [...this.#earlier, ...all.toSorted((left, right) => left.at - right.at)];
  }
}

function sumFailures(seconds: readonly Open[]): FailureCounts {
  return seconds.reduce<FailureCounts>((sum, { failures }) => addFailures(sum, failures), {});
}

function toMeasurement(second: Open): SecondMeasurement {
  const { at, spanMs, sent, good, failures, lostAt, unmeasured, latenciesMs } = second;
  const sorted = Float64Array.from(latenciesMs).toSorted();
  // The nearest rank: the least latency that this share did not exceed.
  const quantileMs = (share: number) =>
    Number((sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(2));
  return {
    at,
    sent,
    good,
    failures,
    ...addFailedBy(second),
    ...(lostAt && good > 0
      ? { lostAt: { first: Math.floor(lostAt.first), last: Math.floor(lostAt.last) } }
      : {}),
    ...(unmeasured === 0 ? {} : { unmeasured }),
    ...(spanMs === secondMs ? {} : { spanMs }),
    ...(sorted.length === 0
      ? {}
      : { p50Ms: quantileMs(0.5), p95Ms: quantileMs(0.95), p99Ms: quantileMs(0.99) }),
  };
}
