import type { FailureCounts, SecondMeasurement } from '../domain/measurement.ts';
import type { Outcome } from './judge-answer.ts';
import { addFailures } from '../domain/join-seconds.ts';

const secondMs = 1_000;
const minuteMs = 60_000;
/** From this age on the seconds of a minute without failures become one record: nothing in them is worth a second's precision. */
const mergeGoodAfterMs = 10 * minuteMs;
/** From this age on every minute does, so that a service that fails for half a day does not fill the memory either. */
const mergeAllAfterMs = 60 * minuteMs;

type Open = {
  readonly at: number;
  readonly spanMs: number;
  sent: number;
  good: number;
  failures: FailureCounts;
  /** Of the good ones. */
  latenciesMs: number[];
  measurement?: SecondMeasurement;
};

/**
 * What came of predictions second by second, with exact quantiles. A prediction counts in the second in which it was due, whenever its
 * answer came.
 */
export class SecondTally {
  #records = new Map<number, Open>();
  #mergedAt = 0;

  record({ dueAt, outcome, latencyMs }: { dueAt: number; outcome: Outcome; latencyMs: number }) {
    const at = Math.floor(dueAt / secondMs) * secondMs;
    const second = this.#records.get(at) ?? this.#begin(at);
    second.sent += 1;
    if (outcome === 'good') {
      second.good += 1;
      second.latenciesMs.push(latencyMs);
    } else {
      second.failures = { ...second.failures, [outcome]: (second.failures[outcome] ?? 0) + 1 };
    }
    delete second.measurement;
  }

  #begin(at: number): Open {
    if (at >= this.#mergedAt + minuteMs) this.#mergeOld(at);
    const begun = { at, spanMs: secondMs, sent: 0, good: 0, failures: {}, latenciesMs: [] };
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
      const wholly = seconds.every(({ sent, good }) => sent === good);
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
    return all.toSorted((left, right) => left.at - right.at);
  }
}

function sumFailures(seconds: readonly Open[]): FailureCounts {
  return seconds.reduce<FailureCounts>((sum, { failures }) => addFailures(sum, failures), {});
}

function toMeasurement({ at, spanMs, sent, good, failures, latenciesMs }: Open): SecondMeasurement {
  const sorted = Float64Array.from(latenciesMs).toSorted();
  // The nearest rank: the least latency that this share did not exceed.
  const quantileMs = (share: number) =>
    Number((sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(2));
  return {
    at,
    sent,
    good,
    failures,
    ...(spanMs === secondMs ? {} : { spanMs }),
    ...(sorted.length === 0 ? {} : { p50Ms: quantileMs(0.5), p99Ms: quantileMs(0.99) }),
  };
}
