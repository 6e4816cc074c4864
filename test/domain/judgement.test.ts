import { describe, expect, test } from '@jest/globals';
import { countHitPods, findFaultProblem } from '../../src/domain/fault.ts';
import type { Guard } from '../../src/domain/guard.ts';
import { isSteady, judgeHypothesis } from '../../src/domain/judgement.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { askGuards } from '../support/guard-watch.ts';
import {
  proposer,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
} from '../support/proposal.ts';

const { hypothesis } = sampleProposal();

describe('a hypothesis', () => {
  const findingOf = (measurement: Parameters<typeof sampleMeasurement>[0]) =>
    judgeHypothesis(hypothesis, sampleMeasurement(measurement)).finding;

  test('holds when the whole interval keeps every bound', () =>
    expect(findingOf({ sent: 600, good: 590 })).toBe('held'));
  test('deviates when the whole interval breaks one', () =>
    expect(findingOf({ sent: 600, good: 500 })).toBe('deviated'));
  test('is inconclusive when the interval holds the bound', () =>
    expect(findingOf({ sent: 600, good: 572 })).toBe('inconclusive'));
  test('is inconclusive on too few predictions, however good', () =>
    expect(findingOf({ sent: 20 })).toBe('inconclusive'));
  test('is inconclusive when nothing was sent', () =>
    expect(findingOf({ sent: 0 })).toBe('inconclusive'));
  test('deviates when too few pods were ready', () =>
    expect(findingOf({ sent: 600, leastReady: 1 })).toBe('deviated'));

  test('of a quantile is judged on the share of answers that kept the bound', () => {
    const slow = sampleMeasurement({ sent: 600 });
    const predictions = { ...slow.predictions, within: [{ limitMs: 500, count: 540 }] };
    const { tolerances } = judgeHypothesis(hypothesis, { ...slow, predictions });
    expect(tolerances.find(({ tolerance }) => tolerance.signal === 'p95')?.finding).toBe(
      'deviated',
    );
  });

  test('is steady on what was observed, and never on nothing', () => {
    expect(isSteady(judgeHypothesis(hypothesis, sampleMeasurement({ sent: 20 })))).toBe(true);
    expect(isSteady(judgeHypothesis(hypothesis, sampleMeasurement({ sent: 20, good: 18 })))).toBe(
      false,
    );
    expect(isSteady(judgeHypothesis(hypothesis, sampleMeasurement({ sent: 0 })))).toBe(false);
  });
});

describe('a guard', () => {
  const guards: Guard[] = [
    { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 },
    { kind: 'lost-sight', afterMs: 10_000 },
  ];
  /** Ten seconds of `sent` predictions in all, of which `good` are, and what was seen last. */
  const reasonFor = (
    { sent, good }: { sent: number; good: number },
    sight: Parameters<typeof askGuards>[2] = {},
  ) => {
    const seconds = Array.from({ length: 10 }, (_, index) => ({
      at: index * 1_000,
      sent: sent / 10,
      good: Math.floor(((index + 1) * good) / 10) - Math.floor((index * good) / 10),
    }));
    return askGuards(guards, seconds, sight)?.reason;
  };
  const well = { sent: 100, good: 100 };

  test('stay quiet while all is well', () => expect(reasonFor(well)).toBeUndefined());
  test('trip when availability falls under the floor, with the numbers', () =>
    expect(reasonFor({ sent: 100, good: 49 })).toContain('49% over the last 10s (49 of 100'));
  test('do not trip at the floor', () =>
    expect(reasonFor({ sent: 100, good: 50 })).toBeUndefined());
  test('do not call a few lost predictions an outage', () =>
    expect(
      askGuards(guards, [
        { at: 0, sent: 1, good: 0 },
        { at: 9_000, sent: 1, good: 0 },
      ]),
    ).toBeUndefined());
  test('do not judge a floor before its window was watched', () => {
    const out = Array.from({ length: 9 }, (_, index) => ({ at: index * 1_000, sent: 10, good: 0 }));
    expect(askGuards(guards, out)).toBeUndefined();
    expect(askGuards(guards, [...out, { at: 9_000, sent: 10, good: 0 }])).toBeDefined();
  });
  test('trip when no prediction was observed', () =>
    expect(reasonFor(well, { now: 30_000, predictionsAt: 10_000 })).toContain('predictions'));
  test('trip when no pod was observed', () =>
    expect(reasonFor(well, { now: 30_000, podsAt: 10_000 })).toContain('pods'));
  test('trip when nothing was ever observed', () =>
    expect(reasonFor(well, { now: 30_000, podsAt: null })).toContain('pods'));
  test('give a fault that was just asked for its time', () =>
    expect(reasonFor(well, { now: 30_000, podsAt: null, armedAt: 25_000 })).toBeUndefined());
});

describe('the verdict', () => {
  const conclude = (events: readonly RunEvent[]) => concludeRun(sampleRun(events));
  const course = sampleCourse();
  const upToFault = course.slice(0, 8);
  const gone = (state: 'cancelled' | 'failed'): RunEvent[] => [
    course[8]!,
    {
      type: 'fault-ended',
      execution: {
        executionId: (course[5] as unknown as { executionId: never }).executionId,
        state,
        status: state,
      },
    },
    course[10]!,
  ];

  test('is held when every tolerance held during and after a fault that was seen', () =>
    expect(conclude(course)).toMatchObject({ ending: 'completed', verdict: 'held' }));

  test('is void when the fault was never seen, however good the numbers', () =>
    expect(conclude(sampleCourse({ seen: false }))).toMatchObject({ verdict: 'void' }));

  test('is deviated when availability fell during the fault', () => {
    const during = sampleMeasurement({ sent: 600, good: 400, leastReady: 2 });
    expect(conclude(sampleCourse({ during }))).toMatchObject({ verdict: 'deviated' });
  });

  test('is deviated when the service did not come back', () => {
    const stuck = course.map((event): RunEvent =>
      event.type === 'recovery-judged'
        ? { ...event, recovery: { podsReadyAfterMs: null, predictionsGoodAfterMs: 1_000 } }
        : event,
    );
    expect(conclude(stuck)).toMatchObject({
      verdict: 'deviated',
      why: expect.stringContaining('not ready again'),
    });
  });

  test('is inconclusive, never held, when somebody stopped the fault', () => {
    const stopped: RunEvent[] = [
      ...upToFault,
      { type: 'stop-requested', by: proposer, via: { kind: 'command' } },
      { type: 'cancel-requested', because: 'stopped by a person' },
      ...gone('cancelled'),
    ];
    expect(conclude(stopped)).toMatchObject({ ending: 'stopped', verdict: 'inconclusive' });
  });

  test('is deviated when the floor guard ended the fault, inconclusive when sight was lost', () => {
    const aborted = (guard: Guard): RunEvent[] => [
      ...upToFault,
      { type: 'guard-tripped', trip: { guard, reason: 'because' } },
      ...gone('cancelled'),
    ];
    expect(
      conclude(aborted({ kind: 'availability-floor', floor: 0.5, windowMs: 10_000 })),
    ).toMatchObject({
      ending: 'aborted',
      verdict: 'deviated',
    });
    expect(conclude(aborted({ kind: 'lost-sight', afterMs: 10_000 }))).toMatchObject({
      ending: 'aborted',
      verdict: 'inconclusive',
    });
  });
});

describe('a fault', () => {
  test.each([
    ['one', undefined, 1, 1],
    ['all', undefined, 3, 3],
    ['fixed', 2, 2, 2],
    ['fixed', 9, 3, 3],
    ['fixed-percent', 50, 2, 2],
    ['fixed-percent', 20, 1, 1],
    ['fixed-percent', 67, 3, 3],
    ['random-max-percent', 34, 0, 2],
    ['random-max-percent', 100, 0, 3],
  ] as const)(
    'with mode %s and value %s hits %i to %i of three pods',
    (mode, value, least, most) => {
      expect(countHitPods({ mode, ...(value === undefined ? {} : { value }) }, 3)).toEqual({
        least,
        most,
      });
    },
  );

  test.each([
    [{ durationMs: 3_000 }, 'at least 10s'],
    [{ durationMs: 13 * 3_600_000 }, 'at most 12h'],
    [{ mode: 'fixed' as const }, 'needs a value'],
    [{ mode: 'fixed' as const, value: 0 }, 'at least 1'],
    [{ mode: 'fixed-percent' as const, value: 101 }, 'at most 100'],
    [{ value: 3 }, 'makes no sense'],
  ])('%j is refused', (change, problem) => {
    expect(findFaultProblem({ ...sampleProposal().fault, ...change })).toContain(problem);
  });
});
