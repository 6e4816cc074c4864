import { addFailedBy, addFailures, joinLossTimes } from '../../domain/join-seconds.ts';
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
  /** Of a merged minute: when the first good one after its losses was due. */
  goodAgainAt?: number;
  unmeasured: number;
  /** When the good ones were due; of a merged minute the first. */
  goodDueAt: number[];
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
      second.goodDueAt.push(dueAt);
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
    const begun = { at, spanMs: secondMs, ...counts, latenciesMs: [], goodDueAt: [] };
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
    const goodDueAt = seconds.flatMap((second) => second.goodDueAt);
    const firstGoodAt = findLeast(goodDueAt);
    const merged: Open = {
      at,
      spanMs: end - at,
      sent: seconds.reduce((sum, { sent }) => sum + sent, 0),
      good: seconds.reduce((sum, { good }) => sum + good, 0),
      failures: sumFailures(seconds),
      failedBy: addFailedBy(...seconds).failedBy ?? [],
      ...joinLosses(seconds, goodDueAt),
      unmeasured: seconds.reduce((sum, { unmeasured }) => sum + unmeasured, 0),
      latenciesMs: seconds.flatMap(({ latenciesMs }) => latenciesMs),
      goodDueAt: firstGoodAt === undefined ? [] : [firstGoodAt],
    };
    merged.measurement = toMeasurement(merged);
    merged.latenciesMs = [];
    for (const second of seconds) this.#records.delete(second.at);
    this.#records.set(at, merged);
  }

  /** Oldest first. */
  measurements(): readonly SecondMeasurement[] {
    const all = [...this.#records.values()].toSorted((left, right) => left.at - right.at);
    const measured = all.map((second, index) => {
      second.measurement ??= toMeasurement(second);
      return followLosses(second.measurement, second.goodDueAt, all[index - 1]);
    });
    return [...this.#earlier, ...measured];
  }
}

function sumFailures(seconds: readonly Open[]): FailureCounts {
  return seconds.reduce<FailureCounts>((sum, { failures }) => addFailures(sum, failures), {});
}

/** Says of a good second when its first prediction was due, where the second before it lost its last ones. */
function followLosses(
  measurement: SecondMeasurement,
  goodDueAt: readonly number[],
  before: Open | undefined,
): SecondMeasurement {
  const { at, sent, good, unmeasured } = measurement;
  const isAfterLosses =
    before !== undefined &&
    before.at + before.spanMs === at &&
    before.good < before.sent &&
    before.unmeasured === 0 &&
    before.measurement?.goodAgainAt === undefined;
  if (!isAfterLosses || unmeasured !== undefined || good < sent) return measurement;
  const goodAgainAt = findLeast(goodDueAt);
  return goodAgainAt === undefined ? measurement : { ...measurement, goodAgainAt };
}

/** In whole milliseconds. */
function findLeast(times: readonly number[]): number | undefined {
  const least = times.reduce((one, other) => Math.min(one, other), Infinity);
  return Number.isFinite(least) ? Math.floor(least) : undefined;
}

function findGoodAgain({ lostAt, goodAgainAt, goodDueAt }: Open): number | undefined {
  if (!lostAt) return undefined;
  return goodAgainAt ?? findLeast(goodDueAt.filter((at) => at > lostAt.last));
}

/** Of a merged minute the good ones around its losses were counted when it was merged. */
function toLostAt({ lostAt, goodDueAt, spanMs }: Open): { readonly lostAt?: LostAt } {
  if (!lostAt) return {};
  return { lostAt: spanMs === secondMs ? countAround(lostAt, goodDueAt) : lostAt };
}

/** Counts the good ones before the first loss and after the last. Times are in whole milliseconds. */
function countAround({ first, last }: LostAt, goodDueAt: readonly number[]): LostAt {
  return {
    first: Math.floor(first),
    last: Math.floor(last),
    goodBefore: goodDueAt.filter((at) => at < first).length,
    goodAfter: goodDueAt.filter((at) => at > last).length,
  };
}

/** When the losses of a minute began and ended, and the first good one after them was due; the latter is unknown where something was not measured. */
function joinLosses(
  seconds: readonly Open[],
  goodDueAt: readonly number[],
): Pick<Open, 'lostAt' | 'goodAgainAt'> {
  const { lostAt } = joinLossTimes(...seconds);
  if (!lostAt) return {};
  const isWhole = seconds.every(({ unmeasured }) => unmeasured === 0);
  const goodAgainAt = isWhole ? findLeast(goodDueAt.filter((at) => at > lostAt.last)) : undefined;
  return {
    lostAt: countAround(lostAt, goodDueAt),
    ...(goodAgainAt === undefined ? {} : { goodAgainAt }),
  };
}

function toMeasurement(second: Open): SecondMeasurement {
  const { at, spanMs, sent, good, failures, unmeasured, latenciesMs } = second;
  const goodAgainAt = findGoodAgain(second);
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
    ...toLostAt(second),
    ...(goodAgainAt === undefined ? {} : { goodAgainAt }),
    ...(unmeasured === 0 ? {} : { unmeasured }),
    ...(spanMs === secondMs ? {} : { spanMs }),
    ...(sorted.length === 0
      ? {}
      : { p50Ms: quantileMs(0.5), p95Ms: quantileMs(0.95), p99Ms: quantileMs(0.99) }),
  };
}
