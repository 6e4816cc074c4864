import { describe, expect, test } from '@jest/globals';
import { findUnrecovered } from '../../src/domain/judge-recovery.ts';
import type { Recovery } from '../../src/domain/run-event.ts';
import type { Run } from '../../src/domain/run.ts';
import { sampleMeasurement, sampleRun } from '../support/proposal.ts';

const limitMs = sampleRun().proposal.recoveryLimitMs;
const early: Recovery = { podsReadyAfterMs: 4_000, predictionsGoodAfterMs: 6_000 };
const held = { finding: 'held', tolerances: [] } as const;

/** Judges a recovery that was in time but for what is given. */
function judge(late: Partial<Recovery>, end: Partial<Run> = {}) {
  const recovery = { ...early, ...late };
  const recovered = { measurement: sampleMeasurement(), judgement: held, recovery };
  return findUnrecovered({ ...sampleRun(), recovered, ...end });
}

describe('a limit of 2m', () => {
  test('is kept by what was back by then, however little of the time before was seen', () => {
    const recovery = { predictionsGoodAfterMs: limitMs, predictionsGoodNotBeforeMs: 0 };
    expect(judge(recovery)).toBeUndefined();
  });

  test.each<[string, Partial<Recovery>]>([
    ['pods were not ready again', { podsReadyAfterMs: 150_000 }],
    ['predictions were not good again', { predictionsGoodAfterMs: 150_000 }],
    [
      'metrics were not back in their bounds',
      { metricsGoodAfterMs: 150_000, metricsGoodNotBeforeMs: 145_000 },
    ],
  ])('is broken when %s before, and that was seen', (what, late) => {
    const { isSeen, why } = judge(late) ?? {};
    expect(isSeen).toBe(true);
    expect(why).toMatch(
      new RegExp(`^The fault was gone, but ${what} within 2m, only (after|between) .*2m 30s\\.$`),
    );
  });

  test.each<[string, Partial<Recovery>]>([
    ['pods were ready again', { podsReadyAfterMs: 150_000, podsReadyNotBeforeMs: 1_000 }],
    ['pods were rid of the fault', { faultGoneAfterMs: 150_000, faultGoneNotBeforeMs: 1_000 }],
    [
      'predictions were good again',
      { predictionsGoodAfterMs: 150_000, predictionsGoodNotBeforeMs: 1_000 },
    ],
    [
      'metrics were back in their bounds',
      { metricsGoodAfterMs: 150_000, metricsGoodNotBeforeMs: 1_000 },
    ],
  ])('may have been kept where nobody saw since when %s', (what, late) => {
    expect(judge(late)).toEqual({
      isSeen: false,
      why: `Whether ${what} within 2m of the end of the fault was not seen: they were between 1s and 2m 30s.`,
    });
  });

  test('is not broken by what removes the fault, nor by pods that still carry it', () => {
    const late = { faultGoneAfterMs: 150_000, faultGoneNotBeforeMs: 149_000 };
    expect(judge(late)).toEqual({
      isSeen: false,
      why: 'The fault should have been gone, but pods were not rid of the fault within 2m, only between 2m 29s and 2m 30s.',
    });
    expect(judge({ faultGoneAfterMs: null, podsReadyAfterMs: null })).toEqual({
      isSeen: false,
      why: 'The fault should have been gone, but pods were not rid of it within 2m.',
    });
  });

  test('is broken by predictions that fail all the time, also while pods carry the fault', () => {
    const never = { faultGoneAfterMs: null, podsReadyAfterMs: null, predictionsGoodAfterMs: null };
    expect(judge(never)).toMatchObject({
      isSeen: true,
      why: expect.stringContaining('predictions were not good again within 2m'),
    });
  });

  test('is broken by predictions that are good again later, whether or not the fault is gone by then', () => {
    const late = { podsReadyAfterMs: null, predictionsGoodAfterMs: 150_000 };
    expect(judge({ ...late, faultGoneAfterMs: null })).toEqual({
      isSeen: true,
      why: 'The fault should have been gone, but predictions were not good again within 2m, only after 2m 30s.',
    });
  });

  test.each<[string, Partial<Recovery>]>([
    ['pods were not ready again', { podsReadyAfterMs: 180_000 }],
    ['predictions were not good again', { predictionsGoodAfterMs: 180_000 }],
  ])('counts from when pods were rid of the fault: %s', (what, late) => {
    const gone = (afterMs: number) => ({
      faultGoneAfterMs: afterMs,
      faultGoneNotBeforeMs: afterMs - 1_000,
    });
    expect(judge({ ...late, ...gone(70_000) })).toBeUndefined();
    const { isSeen, why } = judge({ ...late, ...gone(50_000) }) ?? {};
    expect(isSeen).toBe(true);
    expect(why).toMatch(
      new RegExp(`^The fault was gone, but ${what} within 2m, only between 2m \\d+s and 2m 11s`),
    );
  });

  test('says nothing of pods that were ready at most a second after it: the bot looks once a second', () => {
    expect(judge({ podsReadyAfterMs: limitMs + 400 })?.isSeen).toBe(false);
  });

  test('is broken by what was seen, before what was not', () => {
    const late = {
      podsReadyAfterMs: 150_000,
      podsReadyNotBeforeMs: 0,
      predictionsGoodAfterMs: null,
    };
    expect(judge(late)?.why).toContain('predictions were not good again within 2m');
  });

  test('can’t be told after a clock that was set back', () => {
    const late = { predictionsGoodAfterMs: 150_000, isClockSetBack: true } as const;
    expect(judge(late)).toMatchObject({ isSeen: false, why: expect.stringContaining('clock') });
  });

  test('counts from each time at which the fault may have ended', () => {
    const faultEndedAt = 1_000_000;
    const between = (fromMs: number, untilMs: number) => ({
      faultEndedAt,
      faultEndedBetween: { from: faultEndedAt + fromMs, until: faultEndedAt + untilMs },
    });
    const goodAfter = (afterMs: number) => ({ predictionsGoodAfterMs: limitMs + afterMs });
    expect(judge(goodAfter(5_000), between(0, 10_000))?.isSeen).toBe(false);
    expect(judge(goodAfter(-5_000), between(-10_000, 0))?.isSeen).toBe(false);
    expect(judge(goodAfter(-5_000), between(-2_000, 10_000))).toBeUndefined();
    expect(judge(goodAfter(15_000), between(0, 10_000))?.isSeen).toBe(true);
  });

  test('says nothing of metrics that could not be read', () => {
    const unread = judge({ metricsGoodAfterMs: null, metricsUnread: true });
    expect(unread).toMatchObject({
      isSeen: false,
      why: expect.stringContaining('could not be read'),
    });
    expect(judge({ metricsGoodAfterMs: null })?.isSeen).toBe(true);
  });
});
