import { describe, expect, test } from '@jest/globals';
import { findGuardMisfit } from '../../src/domain/guard-fit.ts';
import { toReactionMs } from '../../src/domain/guard-reaction.ts';
import type { Guard } from '../../src/domain/guard.ts';
import { GuardWatch } from '../../src/guards/guard-watch.ts';
import { sampleProposal } from '../support/proposal.ts';

const ratePerSecond = 10;
const goodUntil = 60_000;
const proposal = sampleProposal();
const asked = (timeoutMs: number) => ({
  fault: proposal.fault,
  service: {
    ...proposal.service,
    scoring: { ...proposal.service.scoring, ratePerSecond, timeoutMs },
  },
});

/** How long after a service falls silent a guard ends the fault, when each of its predictions has this time-out. */
function watchSilence(guard: Guard, timeoutMs: number): number {
  const watch = new GuardWatch({ guards: [guard], ratePerSecond, mostSeconds: 400 });
  watch.arm(0);
  const predictions = Array.from({ length: 3_000 }, (_, index) => index * 100)
    .map((dueAt) => {
      const isGood = dueAt < goodUntil;
      return { dueAt, endedAt: dueAt + (isGood ? 5 : timeoutMs), isGood };
    })
    .toSorted((one, other) => one.endedAt - other.endedAt);
  const tripped = predictions.find((prediction) => {
    watch.see(prediction);
    const now = prediction.endedAt;
    return watch.findTrip({ now, predictionsAt: now, podsAt: now }) !== undefined;
  });
  return (tripped?.endedAt ?? Infinity) - goodUntil;
}

const floor = (share: number, windowMs: number): Guard => ({
  kind: 'availability-floor',
  floor: share,
  windowMs,
});

describe('how soon guards end a fault under which nothing answers any more', () => {
  test.each([
    ['a floor', floor(0.5, 10_000), 1_000],
    ['a floor and a longer time-out', floor(0.5, 10_000), 5_000],
    ['a floor and a time-out as long as its window', floor(0.5, 10_000), 10_000],
    ['a floor that was approved with a time-out beyond its window', floor(0.5, 10_000), 30_000],
    ['a high floor', floor(0.9, 30_000), 2_000],
    ['failures in a row', { kind: 'consecutive-failures', count: 20 }, 5_000],
    ['a cap', { kind: 'budget-cap', spendMs: 20_000 }, 5_000],
    [
      'a drop',
      { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01, burstMs: 1_000 },
      5_000,
    ],
  ] as const)('by %s', (_what, guard, timeoutMs) => {
    const watched = watchSilence(guard, timeoutMs);
    const reaction = toReactionMs([guard], asked(timeoutMs)) ?? Infinity;
    expect(Math.abs(reaction - watched)).toBeLessThanOrEqual(1_000);
  });

  test('is that of the first of them, and of none that looks at no failures', () => {
    const guards: readonly Guard[] = [
      floor(0.5, 10_000),
      { kind: 'consecutive-failures', count: 20 },
      { kind: 'lost-sight', afterMs: 15_000 },
    ];
    expect(toReactionMs(guards, asked(1_000))).toBe(3_000);
    expect(toReactionMs(guards.slice(2), asked(1_000))).toBeUndefined();
  });
});

describe('a floor', () => {
  const misfit = (timeoutMs: number) =>
    findGuardMisfit(floor(0.5, 10_000), {
      name: 'diabetes',
      scoring: { ratePerSecond, timeoutMs },
    });

  test('never looks over less than the time-out of a prediction', () => {
    expect(misfit(10_000)).toBeUndefined();
    expect(misfit(30_000)).toEqual({
      setting: 'availabilityFloor',
      message:
        'looks over 10s, but the timeout of "diabetes" is 30s: a prediction that hangs counts as failed only after its timeout; make `over` at least 30s, or `timeout` shorter',
    });
  });
});
