import { describe, expect, test } from '@jest/globals';
import type { Guard } from '../../src/domain/guard.ts';
import { GuardWatch } from '../../src/guards/guard-watch.ts';

const floor: Guard = { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 };
const everyMs = 100;

type Kind = 'good' | 'lost' | 'unmeasured';

/** What is due at each tenth of a second from 0 until `untilMs` becomes of this kind; returns when a guard trips, by default a floor of 50% over 10 s, ms. */
function play(
  untilMs: number,
  kindOf: (dueAt: number) => Kind,
  guard: Guard = floor,
): number | undefined {
  const watch = new GuardWatch({ guards: [guard], ratePerSecond: 10, mostSeconds: 180 });
  watch.arm(0);
  for (let dueAt = 0; dueAt < untilMs; dueAt += everyMs) {
    const kind = kindOf(dueAt);
    if (kind === 'unmeasured') watch.skip({ from: dueAt, until: dueAt + everyMs });
    else watch.see({ dueAt, endedAt: dueAt + 5, isGood: kind === 'good' });
    const now = dueAt + 10;
    if (watch.findTrip({ now, predictionsAt: dueAt + 5, podsAt: now })) return dueAt;
  }
  return undefined;
}

test('a floor needs its whole window again after a break of many predictions, each of which lasted a moment', () => {
  const trippedAt = play(60_000, (dueAt) => {
    if (dueAt < 20_000) return 'good';
    return dueAt < 29_000 ? 'unmeasured' : 'lost';
  });
  expect(trippedAt).toBeGreaterThanOrEqual(39_000);
  expect(trippedAt).toBeLessThanOrEqual(39_100);
});

test('a floor does not wait where a prediction now and then was not measured', () => {
  const trippedAt = play(60_000, (dueAt) => {
    if (dueAt % 500 === 0) return 'unmeasured';
    return dueAt < 20_000 ? 'good' : 'lost';
  });
  expect(trippedAt).toBeGreaterThanOrEqual(24_900);
  expect(trippedAt).toBeLessThanOrEqual(25_300);
});

test('a floor has nothing to show before its window is whole', () => {
  const watch = new GuardWatch({ guards: [floor], ratePerSecond: 10, mostSeconds: 180 });
  for (let dueAt = 0; dueAt <= 10_000; dueAt += everyMs) {
    watch.see({ dueAt, endedAt: dueAt, isGood: dueAt > 0 });
    expect(watch.windows(dueAt).length).toBe(dueAt < 10_000 ? 0 : 1);
  }
  expect(watch.windows(10_000)).toEqual([{ windowMs: 10_000, sent: 101, good: 100 }]);
});

test('a window is not cut by when predictions are delivered: an outage of 1.5 s in 10 s stays one', () => {
  const watch = new GuardWatch({ guards: [floor], ratePerSecond: 10, mostSeconds: 180 });
  watch.arm(0);
  for (let dueAt = 0; dueAt < 29_000; dueAt += everyMs) {
    // Everything since second 20 is delivered at second 29, as after a pause of the bot.
    const [now, endedAt] = [Math.max(dueAt + 10, dueAt < 20_000 ? 0 : 29_000), dueAt + 5];
    watch.see({ dueAt, endedAt, isGood: dueAt < 20_000 || dueAt >= 21_500 });
    watch.windows(endedAt);
    expect(watch.findTrip({ now, predictionsAt: endedAt, podsAt: now })).toBeUndefined();
  }
});

describe('predictions that failed in a row', () => {
  const twenty: Guard = { kind: 'consecutive-failures', count: 20 };
  const isBetween = (at: number, from: number, until: number) => at >= from && at < until;

  test('are not joined over a break of the measurement, of which nobody knows whether it was good', () => {
    const kindOf = (pauseMs: number) => (dueAt: number) => {
      if (isBetween(dueAt, 10_000, 10_000 + pauseMs)) return 'unmeasured';
      return isBetween(dueAt, 8_500, 11_200 + pauseMs) ? 'lost' : 'good';
    };
    expect(play(60_000, kindOf(20_000), twenty)).toBeUndefined();
    expect(play(60_000, kindOf(500), twenty)).toBe(10_900);
  });

  test('trip in spite of a prediction now and then that was not measured', () => {
    const kindOf = (dueAt: number) => {
      if (dueAt % 500 === 0) return 'unmeasured';
      return dueAt < 10_000 ? 'good' : 'lost';
    };
    expect(play(60_000, kindOf, twenty)).toBe(12_400);
  });

  test('before the break count as they become known', () => {
    const watch = new GuardWatch({ guards: [twenty], ratePerSecond: 10, mostSeconds: 180 });
    watch.arm(0);
    watch.skip({ from: 2_000, until: 22_000 });
    for (let dueAt = 0; dueAt < 2_000; dueAt += everyMs)
      watch.see({ dueAt, endedAt: 22_000, isGood: false });
    const sight = { now: 22_000, predictionsAt: 22_000, podsAt: 22_000 };
    expect(watch.findTrip(sight)?.reason).toBe('20 predictions in a row failed');
  });

  test('are not joined over a second before a restart in which nothing was measured', () => {
    const watch = new GuardWatch({ guards: [twenty], ratePerSecond: 10, mostSeconds: 180 });
    watch.arm(0, [
      { at: 0, sent: 10, good: 0 },
      { at: 1_000, sent: 0, good: 0, unmeasured: 10 },
      { at: 2_000, sent: 10, good: 0 },
    ]);
    expect(watch.findTrip({ now: 3_000, predictionsAt: 3_000, podsAt: 3_000 })).toBeUndefined();
  });
});
