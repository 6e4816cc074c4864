import { describe, expect, test } from '@jest/globals';
import {
  toDropGuard,
  toEvidenceShares,
  toTotalOutageMs,
  type AvailabilityDrop,
} from '../../src/domain/availability-drop.ts';
import { toTimeToTrip } from '../../src/evidence/statistics/drop-guard.ts';
import { describePeak } from '../../src/domain/describe-peak.ts';
import type { WatchedStream } from '../../src/domain/guard-peaks.ts';
import { printGuard, type Guard } from '../../src/domain/guard.ts';
import type { SecondMeasurement } from '../../src/domain/measurement.ts';
import { toSeen } from '../../src/guards/guard-state.ts';
import { GuardWatch } from '../../src/guards/guard-watch.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import { askGuards } from '../support/guard-watch.ts';
import { createSeededRandom, drawBursts, drawLosses } from '../support/bursty-losses.ts';
import { sampleCourse, sampleProposal, sampleRun } from '../support/proposal.ts';
import { createStream } from '../support/seeded-stream.ts';

const drop: AvailabilityDrop = {
  kind: 'availability-drop',
  from: 0.95,
  to: 0.5,
  falseAlarms: 0.01,
};
const windowMs = 10_000;
const floor: Guard = { kind: 'availability-floor', floor: 0.5, windowMs };
const [streams, mostSeconds] = [2_000, 180];

const toStream = (seconds: readonly SecondMeasurement[]) => ({
  seconds,
  ratePerSecond: 10,
  mostSeconds,
});

const toWatched = (seconds: readonly SecondMeasurement[]): WatchedStream => ({
  ...toStream(seconds),
  before: [],
  since: 0,
  gaps: [],
});

/** What a guard says at the end of the given seconds. */
const ask = (guard: Guard, seconds: readonly SecondMeasurement[]) =>
  askGuards([guard], seconds, { mostSeconds });

/** After how many seconds a guard trips on a stream; undefined when it does not. */
function findTrip(guard: Guard, stream: readonly SecondMeasurement[]) {
  const watch = new GuardWatch({ guards: [guard], ratePerSecond: 10, mostSeconds });
  watch.arm(0);
  for (const [index, second] of stream.entries()) {
    for (const prediction of toSeen(second)) {
      watch.see(prediction);
      const now = prediction.endedAt;
      if (watch.findTrip({ now, predictionsAt: now, podsAt: now })) return index + 1;
    }
  }
  return undefined;
}

/** The mean of how long a guard takes to trip, in seconds, when availability falls after a minute; and in how many streams it does. */
function measureDelay(guard: Guard, availability: number) {
  const changeAt = 60;
  const delays = Array.from({ length: 300 }, (_, seed) => {
    const stream = createStream(seed, 120, (second) => (second < changeAt ? 0.98 : availability));
    const trippedAt = findTrip(guard, stream);
    return trippedAt === undefined ? undefined : trippedAt - changeAt;
  });
  const found = delays.filter((delay) => delay !== undefined);
  return {
    found: found.length / delays.length,
    seconds: found.reduce((sum, delay) => sum + delay, 0) / found.length,
  };
}

describe('the sequential test, over thousands of seeded streams', () => {
  test.each([0.95, 0.98])('says no more than it may that %d has fallen', (availability) => {
    let alarms = 0;
    for (let seed = 0; seed < streams; seed += 1) {
      const stream = createStream(seed, mostSeconds, () => availability);
      if (findTrip(drop, stream) !== undefined) alarms += 1;
    }
    expect(alarms / streams).toBeLessThanOrEqual(drop.falseAlarms);
  });

  test('would say it too often with less evidence: the simulation can tell', () => {
    let alarms = 0;
    const eager = { ...drop, falseAlarms: 0.999 * mostSeconds };
    for (let seed = 0; seed < 200; seed += 1) {
      const stream = createStream(seed, mostSeconds, () => drop.from);
      if (findTrip(eager, stream) !== undefined) alarms += 1;
    }
    expect(alarms / 200).toBeGreaterThan(0.5);
  });

  test.each([
    // A total outage: the window has to fill with losses first.
    { availability: 0, sequential: 2, window: 5 },
    { availability: 0.3, sequential: 2, window: 6 },
  ])(
    'finds a fall to $availability sooner than a sliding window',
    ({ availability, ...expected }) => {
      const [sequential, window] = [
        measureDelay(drop, availability),
        measureDelay(floor, availability),
      ];
      expect(sequential.found).toBe(1);
      expect(sequential.seconds).toBeLessThanOrEqual(expected.sequential);
      expect(window.seconds).toBeGreaterThan(expected.window);
    },
  );

  test('finds a fall to half, which the window with that floor overlooks for long', () => {
    const [sequential, window] = [measureDelay(drop, 0.5), measureDelay(floor, 0.5)];
    expect(sequential.found).toBe(1);
    expect(sequential.seconds).toBeLessThan(window.seconds / 3);
    const expected = toTimeToTrip(toDropGuard(drop, toStream([])), 0.5)?.expectedMs ?? 0;
    // It is asked at whole seconds only.
    expect(Math.abs(sequential.seconds - expected / 1_000)).toBeLessThan(1);
  });
});

describe('with a declared burst length', () => {
  const bursty: AvailabilityDrop = { ...drop, burstMs: 1_000 };
  const watchedSeconds = 180;
  const watch = { ratePerSecond: 10, seconds: watchedSeconds };

  /** Whether the guard of a run ends a healthy service that loses its 5% in bursts of a second. */
  function countAlarms(guard: Guard): number {
    const random = createSeededRandom(11);
    let alarms = 0;
    for (let run = 0; run < streams; run += 1) {
      const bursts = drawBursts(random, { burstSeconds: 1, lost: 0.05 }, watchedSeconds);
      const losses = drawLosses(random, { burstSeconds: 1, lost: 0.05 }, { ...watch, bursts });
      const guards = new GuardWatch({ guards: [guard], ratePerSecond: 10, mostSeconds });
      guards.arm(0);
      const trips = losses.some((lost, slot) => {
        const at = slot * 100;
        guards.see({ dueAt: at, endedAt: at, isGood: lost === 0 });
        return guards.findTrip({ now: at, predictionsAt: at, podsAt: at }) !== undefined;
      });
      if (trips) alarms += 1;
    }
    return alarms;
  }

  test('keeps its stated rate under such bursts, which it does not without', () => {
    // 20 of 2,000 are stated; three standard errors more.
    expect(countAlarms(bursty)).toBeLessThanOrEqual(34);
    expect(countAlarms(drop)).toBeGreaterThan(streams / 2);
  });

  test('is slower, and the card says how much', () => {
    const guarded = sampleProposal();
    expect(toTotalOutageMs(bursty, guarded)).toBeGreaterThan(8 * toTotalOutageMs(drop, guarded));
    expect(printGuard(bursty, guarded)).toBe(
      'abort when the predictions show that availability has fallen from 95% towards 50% (false alarms in at most 1% of runs if bursts of failures last 1s on average; a total outage is ended after some 9s)',
    );
    expect(printGuard(drop, guarded)).toMatch(
      /only where failures are independent of each other; unknown where they come in bursts; a total outage is ended after some 1s/,
    );
  });

  test('is measured against the same limit on cards and in reports', () => {
    const dead = createStream(1, 4, () => 0);
    const shares = toEvidenceShares(bursty, toStream(dead));
    expect(shares.peak).toBeLessThan(1);
    expect(describePeak(bursty, toWatched(dead))).toBe(
      `signs of a drop towards 50%: about ${Math.floor(shares.peak * 1_000) / 10}% of the way to ending the fault`,
    );
    expect(toEvidenceShares(drop, toStream(dead)).peak).toBeGreaterThan(1);
  });
});

describe('the evidence for a drop', () => {
  test('is never less than none, so that good times before a fault do not delay', () => {
    const bad = createStream(1, 2, () => 0);
    const evidence = toEvidenceShares(drop, toStream(bad)).now;
    const good = createStream(2, 600, () => 1);
    expect(toEvidenceShares(drop, toStream([...good, ...bad])).now).toBe(evidence);
    expect(evidence).toBeGreaterThan(1);
  });

  test('says how sure it is, and leaves the verdict to what was measured', () => {
    const trip = ask(
      drop,
      createStream(3, 4, () => 0),
    );
    if (!trip) throw new Error('it did not trip');
    expect(trip.reason).toBe(
      'availability has fallen from 95% towards 50%, as the predictions show with false alarms in at most 1% of runs, only where failures are independent of each other; unknown where they come in bursts',
    );
    const course = sampleCourse();
    const events = [
      ...course.slice(0, -3),
      { type: 'guard-tripped' as const, trip },
      { type: 'cancel-requested' as const, because: trip.reason },
      ...course.slice(-3),
    ];
    expect(concludeRun(sampleRun(events))).toMatchObject({
      ending: 'aborted',
      verdict: 'inconclusive',
    });
  });
});

describe('how near a guard came', () => {
  const dip = createStream(5, 30, (second) => (second === 12 ? 0 : 1));
  const peakOf = (guard: Guard, of = dip) => describePeak(guard, toWatched(of));

  test('is told of each that looks at the stream', () => {
    expect(peakOf(floor)).toBe(
      'lowest availability over 10s: 90%, in the whole seconds until 00:00:13 UTC (floor 50%)',
    );
    expect(peakOf({ kind: 'consecutive-failures', count: 20 })).toBe(
      'longest row of lost predictions: 10 (20 end the fault)',
    );
    expect(peakOf(drop)).toBe(
      'signs of a drop towards 50%: enough in one whole second, but not after any single prediction',
    );
    expect(peakOf({ kind: 'budget-cap', spendMs: 20_000 })).toBe(
      'lost predictions came to 1s of full outage (20s end the fault)',
    );
    expect(peakOf({ kind: 'lost-sight', afterMs: 5_000 })).toBeUndefined();
    expect(peakOf(drop, [])).toBeUndefined();
  });

  test('is all of the way exactly where the guard trips', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const seconds = createStream(seed, 60, (second) => (second < 30 ? 0.98 : 0.75));
      const isWhole = peakOf(drop, seconds)?.includes('enough');
      expect(isWhole).toBe(findTrip(drop, seconds) !== undefined);
    }
  });
});

describe('so many failures in a row', () => {
  const guard = { kind: 'consecutive-failures', count: 20 } as const;
  const seconds = (...goods: number[]) =>
    goods.map((good, index) => ({ at: index * 1_000, sent: 10, good, failures: {} }));

  test('end the fault, and one good prediction in between keeps it', () => {
    expect(ask(guard, seconds(10, 0, 0))?.reason).toBe('20 predictions in a row failed');
    expect(ask(guard, seconds(0, 0, 1, 0))).toBeUndefined();
    expect(ask(guard, seconds(10, 0))).toBeUndefined();
    expect(ask(guard, [])).toBeUndefined();
  });
});
