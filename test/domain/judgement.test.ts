import { describe, expect, test } from '@jest/globals';
import { parseTolerance } from '../../src/domain/hypothesis.ts';
import { toBinomialInterval } from '../../src/evidence/statistics/binomial-interval.ts';
import type { Arrivals } from '../../src/evidence/statistics/judge-share.ts';
import { countHitPods, findFaultProblem } from '../../src/domain/fault.ts';
import type { FailureCounts, PhaseMeasurement } from '../../src/domain/measurement.ts';
import type { Guard } from '../../src/domain/guard.ts';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import type { Recovery, RunEvent } from '../../src/domain/run-event.ts';
import { askGuards } from '../support/guard-watch.ts';
import {
  proposer,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
  startOfTime,
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

  test('counts failures among what a quantile must keep', () => {
    const measured = sampleMeasurement({ sent: 600, good: 290 });
    const p95 = judgeHypothesis(hypothesis, measured).tolerances[1];
    expect(p95).toMatchObject({ finding: 'deviated', observed: 14, kept: 290 / 600 });
  });
});

describe('a share in bursts', () => {
  const judge = (lossRuns: number | undefined, arrivals?: Arrivals) => {
    const measured = sampleMeasurement({ sent: 600, good: 575 });
    const { lossRuns: _, ...rest } = measured.predictions;
    const predictions = lossRuns === undefined ? rest : { ...rest, lossRuns };
    const tolerances = hypothesis.tolerances.slice(0, 1);
    return judgeHypothesis({ ...hypothesis, tolerances }, { ...measured, predictions }, arrivals)
      .tolerances[0];
  };

  test('is decided by how many runs of losses there were', () => {
    // 25 of 600 lost: (22 + 8.77)/600 = 5.1% at most in three runs, (24 + 5.57)/600 = 4.9% in one.
    expect(judge(3)).toMatchObject({ finding: 'inconclusive', undecided: 'measuring-error' });
    expect(judge(1)).toMatchObject({ finding: 'held' });
    expect(1 - (judge(1)?.interval?.lower ?? 0)).toBeCloseTo(29.57 / 600, 4);
  });

  test('is decided by the exact binomial interval for Poisson arrivals, and without runs in the journal', () => {
    const exact = toBinomialInterval(575, 600);
    expect(judge(1, 'poisson')).toMatchObject({ finding: 'inconclusive', interval: exact });
    expect(judge(undefined)).toMatchObject({ finding: 'inconclusive', interval: exact });
  });
});

describe('a phase that holds time outside the fault', () => {
  const judge = (availability: string, good: number, misdatedMs: number) =>
    judgeHypothesis(
      { ...hypothesis, tolerances: [parseTolerance(availability)!] },
      { ...sampleMeasurement({ good }), misdatedMs },
    ).tolerances[0];

  test('deviates where the rest of it can’t have kept the bound', () => {
    expect(judge('availability >= 95%', 480, 6_000)).toMatchObject({ finding: 'deviated' });
  });

  test('does not deviate where all that was lost may lie outside', () => {
    const misdated = { finding: 'inconclusive', undecided: 'misdated' };
    expect(judge('availability >= 95%', 480, 12_000)).toMatchObject(misdated);
    expect(judge('p95 <= 300ms', 480, 60_000)).toMatchObject(misdated);
    expect(judge('availability >= 95%', 0, 60_000)).toMatchObject(misdated);
    // The rest of it is 509 of 540, which the measuring error takes across the bound.
    expect(judge('availability >= 95%', 509, 6_000)).toMatchObject(misdated);
  });

  test('does not deviate by losses that are most of what was measured in it', () => {
    const { predictions, ...phase } = sampleMeasurement();
    const half = {
      ...predictions,
      sent: 300,
      good: 180,
      lossRuns: 1,
      unmeasured: { restart: 300 },
    };
    const [judged] = judgeHypothesis(
      { ...hypothesis, tolerances: [parseTolerance('availability >= 95%')!] },
      { ...phase, predictions: half, misdatedMs: 12_000 },
    ).tolerances;
    expect(judged?.finding).toBe('inconclusive');
  });

  test('decides nothing where the clock was set back, be it that nothing seems to have been due', () => {
    const { predictions, ...phase } = sampleMeasurement();
    const setBack = { misdatedMs: 60_000, isClockSetBack: true } as const;
    for (const sent of [0, 600]) {
      const measured = { ...phase, ...setBack, predictions: { ...predictions, sent, good: sent } };
      const { finding, tolerances } = judgeHypothesis(hypothesis, measured);
      expect(finding).toBe('inconclusive');
      expect(tolerances[0]?.undecided).toBe('misdated');
    }
  });

  test('does not deviate by pods, which may have been too few outside of the fault', () => {
    const { pods, ...phase } = sampleMeasurement();
    const [judged] = judgeHypothesis(
      { ...hypothesis, tolerances: [parseTolerance('pods ready >= 3')!] },
      { ...phase, pods: { ...pods, leastReady: 2 }, misdatedMs: 2_000 },
    ).tolerances;
    expect(judged).toMatchObject({ finding: 'inconclusive', undecided: 'misdated' });
  });
});

test('a phase that holds too much of other time can deviate and not hold', () => {
  const judge = (good: number, misdatedMs: number) =>
    judgeHypothesis(hypothesis, { ...sampleMeasurement({ good }), misdatedMs }).tolerances[0];
  expect(judge(600, 2_900)).toMatchObject({ finding: 'held' });
  expect(judge(600, 3_100)).toMatchObject({ finding: 'inconclusive', undecided: 'misdated' });
  expect(judge(300, 3_100)).toMatchObject({ finding: 'deviated' });
  const all = { ...hypothesis, tolerances: [parseTolerance('availability >= 100%')!] };
  const [judged] = judgeHypothesis(all, { ...sampleMeasurement(), misdatedMs: 2_000 }).tolerances;
  expect(judged?.finding).toBe('held');
});

describe('coverage', () => {
  const judge = (
    {
      sent = 600,
      good = sent,
      missed = 0,
      failures = {},
    }: { sent?: number; good?: number; missed?: number; failures?: FailureCounts },
    text: string,
    leastCoverage?: number,
  ) => {
    const measured = sampleMeasurement({ sent, good });
    const predictions = {
      ...measured.predictions,
      failures,
      lossRuns: sent === good ? 0 : 1,
      wrongRuns: failures.wrong ? 1 : 0,
      unmeasured: { paused: missed },
    };
    const tolerances = [parseTolerance(text)!];
    const least = leastCoverage === undefined ? {} : { leastCoverage };
    return judgeHypothesis({ title: '', tolerances, ...least }, { ...measured, predictions })
      .tolerances[0];
  };

  test.each([
    ['availability >= 95%', 30, 'held', undefined],
    ['availability >= 95%', 32, 'inconclusive', 'too-few-measured'],
    ['p95 <= 500ms', 32, 'inconclusive', 'too-few-measured'],
    ['pods ready >= 2', 32, 'inconclusive', 'too-few-measured'],
  ] as const)('%s with %i missed is %s', (text, missed, finding, undecided) => {
    const { finding: found, undecided: why } = judge({ missed }, text) ?? {};
    expect({ found, why }).toEqual({ found: finding, why: undecided });
  });

  test('forbids to hold, not to deviate where the losses break the bound over all that was due', () => {
    expect(judge({ good: 300, missed: 5_000 }, 'availability >= 95%')?.finding).toBe('deviated');
    expect(judge({ missed: 5_000, good: 599 }, 'availability >= 100%')?.finding).toBe('deviated');
  });

  // 60 of 100 were lost or wrong, and another 1,500 were due.
  test.each(['availability >= 95%', 'p95 <= 500ms', 'correct >= 95%'])(
    'leaves %s open where those that are missing may have kept it',
    (text) => {
      const given = { sent: 100, good: 40, failures: { wrong: 60 } };
      expect(judge({ ...given, missed: 500 }, text)?.finding).toBe('deviated');
      expect(judge({ ...given, missed: 1_500 }, text)).toMatchObject({
        finding: 'inconclusive',
        undecided: 'too-few-measured',
        coverage: 100 / 1_600,
      });
    },
  );

  test('leaves right answers open by how many were answered, or may have been', () => {
    // 50 of 500 answers were wrong, and up to 1,000 of 1,500 answers right.
    const given = { sent: 1_000, good: 450, failures: { wrong: 50, timeout: 500 } };
    expect(judge({ ...given, missed: 300 }, 'correct >= 95%')?.finding).toBe('deviated');
    expect(judge({ ...given, missed: 600 }, 'correct >= 95%')?.finding).toBe('inconclusive');
  });

  test('is what is missing also where the measuring error was too large for it: a longer fault would not help', () => {
    const near = judge({ sent: 190, good: 186, missed: 410 }, 'availability >= 95%');
    expect(near).toMatchObject({ finding: 'inconclusive', undecided: 'too-few-measured' });
    expect(judge({ sent: 0, missed: 600 }, 'availability >= 95%')?.undecided).toBe(
      'too-few-measured',
    );
  });

  test('is what the hypothesis says it is', () => {
    expect(judge({ missed: 100 }, 'availability >= 95%', 0.8)?.finding).toBe('held');
    expect(judge({ missed: 1 }, 'availability >= 95%', 1)?.finding).toBe('inconclusive');
  });

  test('of answers is what right answers need', () => {
    const of = (unanswered: number) => ({
      good: 600 - unanswered,
      failures: { timeout: unanswered },
    });
    expect(judge(of(30), 'correct >= 99%')).toMatchObject({ finding: 'held', observed: 1 });
    expect(judge(of(31), 'correct >= 99%')).toMatchObject({
      finding: 'inconclusive',
      undecided: 'too-few-answered',
    });
    expect(judge(of(599), 'correct = 100%')?.finding).toBe('inconclusive');
  });

  test('must be whole for a bound of 100%, with enough predictions', () => {
    expect(judge({ sent: 369 }, 'availability >= 100%')?.finding).toBe('held');
    expect(judge({ sent: 369, missed: 1 }, 'availability >= 100%')).toMatchObject({
      finding: 'inconclusive',
      undecided: 'too-few-measured',
    });
    expect(judge({ sent: 368 }, 'availability >= 100%')?.finding).toBe('inconclusive');
    expect(judge({ sent: 1 }, 'availability >= 100%')?.finding).toBe('inconclusive');
    expect(judge({ sent: 600, good: 599 }, 'availability >= 100%')?.finding).toBe('deviated');
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

  test('says that it is about this run', () =>
    expect(conclude(course).why).toContain('held in this run'));

  test('is inconclusive where too little was measured, and names it', () => {
    const measured = sampleMeasurement({ sent: 500, leastReady: 2 });
    const predictions = { ...measured.predictions, unmeasured: { restart: 100 } };
    expect(conclude(sampleCourse({ during: { ...measured, predictions } }))).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringMatching(
        /^Only 83.3% of the predictions due during the fault were measured/,
      ),
    });
  });

  test('is inconclusive where only what was measured broke a bound, and says so', () => {
    const measured = sampleMeasurement({ sent: 79, good: 62, leastReady: 2 });
    const predictions = { ...measured.predictions, unmeasured: { restart: 521 } };
    expect(conclude(sampleCourse({ during: { ...measured, predictions } }))).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringMatching(
        /^Only 13.1% of the predictions due during the fault were measured. They broke availability >= 95%, but it may have held if all the others were good/,
      ),
    });
  });

  test('is void when the fault was never seen, however good the numbers', () =>
    expect(conclude(sampleCourse({ seen: false }))).toMatchObject({ verdict: 'void' }));

  test('says that no fault was started where the run failed before its start was asked for', () => {
    const failed: RunEvent = { type: 'failed', message: 'Azure is away.', suggestion: '' };
    const asked = course.findIndex(({ type }) => type === 'start-requested');
    expect(conclude([...course.slice(0, asked), failed]).why).toBe(
      'No fault was started: Azure is away.',
    );
    expect(conclude([...upToFault.slice(0, asked + 1), failed]).why).toBe(
      'The fault was never seen to happen: Azure is away.',
    );
  });

  test('says of each phase what it broke, and whether the service came back', () => {
    const during = sampleMeasurement({ sent: 600, good: 400, leastReady: 2 });
    const after = sampleMeasurement({ sent: 300, good: 240 });
    const both = sampleCourse({ during, after });
    const broken = 'availability and p95 broke their bounds.';
    expect(conclude(both).why).toBe(`During the fault, ${broken} After the fault, ${broken}`);
    const stuck = both.map((event): RunEvent =>
      event.type === 'recovery-judged'
        ? { ...event, recovery: { podsReadyAfterMs: null, predictionsGoodAfterMs: 1_000 } }
        : event,
    );
    expect(conclude(stuck).why).toMatch(/^During the fault, .* bounds\. .*not ready again/);
  });

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

  test.each([{}, { podsUnseen: true } as const])(
    'is inconclusive when availability fell while nobody knows that the fault was gone: %j',
    (unseen) => {
      const after = sampleMeasurement({ sent: 300, good: 150 });
      const recovery = {
        podsReadyAfterMs: null,
        predictionsGoodAfterMs: 1_000,
        faultGoneAfterMs: null,
        ...unseen,
      };
      const carried = sampleCourse({ after }).map((event): RunEvent =>
        event.type === 'recovery-judged' ? { ...event, recovery } : event,
      );
      expect(conclude(carried)).toMatchObject({
        verdict: 'inconclusive',
        why: expect.stringMatching(/pods were not (seen to be )?rid of it within 2m\.$/),
      });
    },
  );

  test('is inconclusive, never held, when somebody stopped the fault', () => {
    const stopped: RunEvent[] = [
      ...upToFault,
      { type: 'stop-requested', by: proposer, via: { kind: 'command' } },
      { type: 'cancel-requested', because: 'stopped by a person' },
      ...gone('cancelled'),
    ];
    expect(conclude(stopped)).toMatchObject({ ending: 'stopped', verdict: 'inconclusive' });
  });

  describe('of a fault that a guard ended', () => {
    const floor = { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 } as const;
    const drop = { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 } as const;
    const reason = 'too many failed';

    /** Ended after these seconds of ten predictions; each number is how many were good. */
    function abort(
      guard: Guard,
      goodInSeconds: readonly number[],
      recovery?: Recovery,
      change: Partial<PhaseMeasurement> = {},
    ) {
      const good = goodInSeconds.reduce((sum, count) => sum + count, 0);
      const base = sampleMeasurement({ sent: 10 * goodInSeconds.length, good });
      const predictions = { ...base.predictions, lossRuns: good === base.predictions.sent ? 0 : 1 };
      // The trip is the tenth entry of the journal, each a second after the one before.
      const tripAt = startOfTime + 8_000;
      const startedAt = tripAt - goodInSeconds.length * 1_000;
      const seconds = goodInSeconds.map((count, index) => ({
        at: startedAt + index * 1_000,
        sent: 10,
        good: count,
        failures: {},
      }));
      const measurement = { ...base, startedAt, endedAt: tripAt, predictions, seconds, ...change };
      const judgement = judgeHypothesis(sampleProposal().hypothesis, measurement);
      const events: RunEvent[] = [
        ...upToFault,
        { type: 'guard-tripped', trip: { guard, reason } },
        { type: 'observed', measurement, judgement },
        ...gone('cancelled').slice(1),
      ];
      return conclude(
        events.map((event) =>
          recovery && event.type === 'recovery-judged' ? { ...event, recovery } : event,
        ),
      );
    }

    const all = (count: number) => Array.from({ length: count }, () => 10);
    const none = (count: number) => Array.from({ length: count }, () => 0);

    test('is inconclusive below a floor where the clock was set back', () => {
      const setBack = { misdatedMs: 3_000, isClockSetBack: true } as const;
      const seconds = [...all(1), ...none(6)];
      expect(abort(floor, seconds).verdict).toBe('deviated');
      expect(abort(floor, seconds, undefined, setBack).verdict).toBe('inconclusive');
    });

    test.each([drop, { kind: 'consecutive-failures', count: 10 } as const])(
      'is inconclusive while the rest of it could still have kept the bound: %p',
      (guard) => {
        expect(abort(guard, [...all(2), ...none(2)])).toEqual({
          ending: 'aborted',
          verdict: 'inconclusive',
          why: 'A guard ended the fault before the hypothesis could be judged: too many failed. Until then 20 of 40 predictions broke availability >= 95%; 30 may in the whole fault of 60s.',
        });
      },
    );

    test('is deviated once more failed than the whole fault allows', () => {
      expect(abort(drop, [...all(2), ...none(4)])).toEqual({
        ending: 'aborted',
        verdict: 'deviated',
        why: 'A guard ended the fault: too many failed. During the fault, availability and p95 broke their bounds: 40 of 60 predictions broke availability >= 95%; 30 may in the whole fault of 60s.',
      });
      // As many as it allows, and 29.03 beyond doubt.
      expect(abort(drop, [...all(2), ...none(3)]).verdict).toBe('inconclusive');
    });

    test('is deviated by a floor that what failed under the fault alone has broken', () => {
      // Its window of ten seconds allows 20.
      expect(abort({ ...floor, floor: 0.8 }, [...all(1), ...none(2), 5])).toMatchObject({
        verdict: 'deviated',
        why: 'A guard ended the fault: too many failed.',
      });
      // Most of what failed in its window failed before the fault.
      expect(abort(floor, none(2)).verdict).toBe('inconclusive');
      expect(abort({ ...floor, floor: 0.8 }, none(2)).verdict).toBe('inconclusive');
    });

    test('is deviated when the service did not come back', () => {
      const recovery = { podsReadyAfterMs: 1_000, predictionsGoodAfterMs: null };
      expect(abort(drop, [...all(2), 5], recovery)).toMatchObject({
        verdict: 'deviated',
        why: expect.stringContaining('predictions were not good again within 2m'),
      });
      expect(abort({ kind: 'lost-sight', afterMs: 10_000 }, [...all(2), 5], recovery).verdict).toBe(
        'inconclusive',
      );
    });

    test.each([
      [drop, ['Find out what failed', 'If bursts of failures']],
      [{ ...drop, burstMs: 1_000 }, ['Find out what failed']],
      [{ kind: 'lost-sight', afterMs: 10_000 } as const, ['Find out why nothing was observed']],
    ])('leads to no longer fault: %p', (guard, steps) => {
      const end = { ending: 'aborted', verdict: 'inconclusive', why: '' } as const;
      const run = sampleRun([...upToFault, { type: 'guard-tripped', trip: { guard, reason } }]);
      expect(toNextSteps({ ...run, end: { ...end, at: startOfTime } })).toEqual(
        steps.map((step) => expect.stringContaining(step)),
      );
    });

    test('is inconclusive when sight was lost', () => {
      expect(abort({ kind: 'lost-sight', afterMs: 10_000 }, all(3))).toMatchObject({
        ending: 'aborted',
        verdict: 'inconclusive',
        why: expect.stringMatching(/Until then 0 of 30 predictions under the fault failed\.$/),
      });
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
