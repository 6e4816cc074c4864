import { describe, expect, test } from '@jest/globals';
import { parseTolerance } from '../../src/domain/hypothesis.ts';
import type { FailureKind } from '../../src/domain/measurement.ts';
import { explainAllUndecided } from '../../src/domain/explain-undecided.ts';
import { findOpenQuestions } from '../../src/domain/open-questions.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import type { Recovery } from '../../src/domain/run-event.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { reportJournals } from '../support/report-gallery.ts';

const run = foldRun(reportJournals.held);
const end = { ending: 'completed', verdict: 'deviated', why: '', at: 0 } as const;

/** A run that deviated from a tolerance, in which a fifth of the predictions failed in this way or none did. */
function toDeviated(text: string, failed?: FailureKind): Run {
  const { observed } = run;
  const tolerance = parseTolerance(text);
  if (!observed || !tolerance) throw new TypeError('The run was not measured.');
  const seconds = observed.measurement.seconds.map((second) => ({
    ...second,
    good: failed ? second.sent - Math.ceil(second.sent / 5) : second.sent,
    failures: failed ? { [failed]: Math.ceil(second.sent / 5) } : {},
  }));
  const sum = (field: 'sent' | 'good') => seconds.reduce((all, second) => all + second[field], 0);
  const [sent, good] = [sum('sent'), sum('good')];
  const failures = failed ? { [failed]: sent - good } : {};
  const predictions = { ...observed.measurement.predictions, sent, good, failures };
  const judged = {
    tolerance,
    finding: 'deviated',
    observed: 0,
  } as const;
  return {
    ...run,
    end,
    observed: {
      ...observed,
      measurement: { ...observed.measurement, seconds, predictions },
      judgement: { finding: 'deviated', tolerances: [judged] },
    },
  };
}

describe('after a run that deviated, the next steps', () => {
  test.each([
    [
      'overloaded',
      /^Check whether the remaining pods can take the whole load: \d+ predictions got 429 or 503/,
    ],
    ['server-error', /^Look for the \d+ error answers in the logs of the service/],
    ['wrong', /^Find out which pod or version of the model gave the \d+ answers/],
    ['timeout', /^Look at /],
  ] as const)('follow what failed most: %s', (kind, step) => {
    const steps = toNextSteps(toDeviated('availability >= 95%', kind));
    expect(steps).toEqual([expect.stringMatching(step), 'Repeat the experiment after the change.']);
  });

  test.each([
    ['overloaded', '1 prediction got 429 or 503.'],
    ['server-error', 'Look for the error answer in the logs'],
    ['wrong', 'gave the answer that was not as expected.'],
  ] as const)('count one failure as one: %s', (kind, words) => {
    const deviated = toDeviated('availability >= 95%', kind);
    const { observed, recovered } = deviated;
    if (!observed || !recovered) throw new TypeError('The run was not measured.');
    const { measurement } = observed;
    const good = measurement.seconds.map((second) => ({ ...second, good: second.sent }));
    const seconds = good.map((second, index) =>
      index === 20
        ? { ...second, good: second.sent - 1, failures: { [kind]: 1 } }
        : { ...second, failures: {} },
    );
    const after = { ...recovered, measurement: { ...recovered.measurement, seconds: [] } };
    const [step] = toNextSteps({
      ...deviated,
      observed: { ...observed, measurement: { ...measurement, seconds } },
      recovered: after,
    });
    expect(step).toContain(words);
  });

  test('ask why no pod was ready, where predictions got 503 while none was', () => {
    const deviated = toDeviated('availability >= 95%', 'overloaded');
    const { observed, proposal } = deviated;
    if (!observed) throw new TypeError('The run was not measured.');
    const changes = proposal.blastRadius.pods.map(({ name, uid }) => ({
      at: observed.measurement.startedAt,
      pod: name,
      uid,
      kind: 'not-ready' as const,
      detail: 'not ready',
    }));
    const pods = { ...observed.measurement.pods, changes };
    const measurement = { ...observed.measurement, pods };
    const [step] = toNextSteps({ ...deviated, observed: { ...observed, measurement } });
    expect(step).toMatch(
      /^Find out why no pod was ready: \d+ predictions failed while none was\.$/,
    );
  });

  test('follow what failed also where only the floor of a guard was broken', () => {
    const guard = { kind: 'availability-floor', floor: 0.9, windowMs: 10_000 } as const;
    const { observed, ...deviated } = toDeviated('pods ready >= 1', 'overloaded');
    if (!observed) throw new TypeError('The run was not measured.');
    const aborted = {
      ...deviated,
      observed: { ...observed, judgement: { finding: 'inconclusive' as const, tolerances: [] } },
      trip: { guard, reason: '', at: observed.measurement.endedAt },
      cancelRequestedAt: observed.measurement.endedAt,
      end: { ...end, ending: 'aborted' as const },
    };
    const repeat = 'Repeat the experiment after the change.';
    expect(toNextSteps(aborted)).toEqual([expect.stringMatching(/ got 429 or 503/), repeat]);
    const { trip: _trip, ...kept } = aborted;
    expect(toNextSteps(kept)).toEqual([repeat]);
  });

  test('point to the network where no pod or node explains the failures', () => {
    const { observed, ...others } = toDeviated('availability >= 95%', 'refused');
    if (!observed) throw new TypeError('The run was not measured.');
    const { measurement } = observed;
    const unchanged = { ...measurement, pods: { ...measurement.pods, changes: [] } };
    expect(
      toNextSteps({ ...others, observed: { ...observed, measurement: unchanged } })[0],
    ).toMatch(/^Look at the gateway and the network/);
  });

  test('ask for the cause of slow answers only where failures do not explain them', () => {
    const [slow] = toNextSteps(toDeviated('p95 <= 300ms'));
    expect(slow).toMatch(/^Find out what slowed predictions down beyond "p95 <= 300ms"/);
    const [failed] = toNextSteps(toDeviated('p95 <= 300ms', 'server-error'));
    expect(failed).toMatch(/^Look for the \d+ error answers/);
  });

  test('name the pods that gave answers that were not as expected', () => {
    const { observed, ...others } = toDeviated('availability >= 95%', 'malformed');
    if (!observed) throw new TypeError('The run was not measured.');
    const { predictions } = observed.measurement;
    const pods = [
      { pod: 'a', sent: 300, good: 300, failures: {} },
      { pod: 'b', sent: 300, good: 180, failures: { malformed: 120 } },
    ];
    const measurement = { ...observed.measurement, predictions: { ...predictions, pods } };
    const [step] = toNextSteps({ ...others, observed: { ...observed, measurement } });
    expect(step).toMatch(/not as expected\. They came from b\.$/);
    // Where predictions failed once more in the last measurement, its answers count as well.
    const { recovered } = others;
    if (!recovered) throw new TypeError('The recovery was not measured.');
    const again = [{ pod: 'c', sent: 300, good: 100, failures: { wrong: 200 } }];
    const after = recovered.measurement;
    const toStep = (recovery: Recovery) =>
      toNextSteps({
        ...others,
        observed: { ...observed, measurement },
        recovered: {
          ...recovered,
          recovery,
          measurement: { ...after, predictions: { ...after.predictions, pods: again } },
        },
      })[0];
    const back = { podsReadyAfterMs: 0, predictionsGoodAfterMs: 19_000 };
    expect(toStep({ ...back, predictionsFailedAgain: true })).toMatch(/They came from c, b\.$/);
    expect(toStep(back)).toMatch(/They came from b\.$/);
  });

  test('name pods and metrics that broke their bounds', () => {
    expect(toNextSteps(toDeviated('pods ready >= 2'))[0]).toBe(
      'Find out why fewer pods were ready than "pods ready >= 2" asks for.',
    );
    expect(toNextSteps(toDeviated('metric(rps) >= 5'))[0]).toBe(
      'Find out what broke "metric(rps) >= 5".',
    );
  });
});

test('after a baseline that held, and was not followed by predictions, the run is to be repeated', () => {
  const undecided = { ...end, ending: 'baseline-undecided', verdict: null } as const;
  expect(toNextSteps({ ...run, end: undecided })).toEqual([
    expect.stringMatching(/^Repeat it while predictions are measured without a break: run /),
  ]);
});

describe('where nobody knows whether the service recovered, the next steps', () => {
  /** A run that was undecided by its recovery alone. */
  function toUndecided(recovery: Partial<Recovery>): Run {
    const { recovered } = run;
    if (!recovered) throw new TypeError('Nothing was measured after the fault.');
    const found = { ...recovered.recovery, ...recovery };
    const undecided = { ...end, verdict: 'inconclusive' } as const;
    return { ...run, recovered: { ...recovered, recovery: found }, end: undecided };
  }

  test.each<[string, Partial<Recovery>, RegExp]>([
    ['for pods that were not seen', { podsReadyAfterMs: null, podsUnseen: true }, /read the pods/],
    [
      'for fewer pods than before, of which nobody knows whether they are all',
      { podsReadyAfterMs: null, podsLeft: 2 },
      /^Find out why there were fewer pods .* list ReplicaSets and StatefulSets/,
    ],
    [
      'for a fault that was left on pods',
      { faultGoneAfterMs: 900_000, faultGoneNotBeforeMs: 899_000 },
      /^Find out why the fault was not removed in time/,
    ],
    [
      'for predictions',
      { predictionsGoodAfterMs: null, predictionsUnmeasured: true },
      /^Find out why predictions were not measured/,
    ],
    [
      'for metrics',
      { metricsGoodAfterMs: null, metricsUnread: true },
      /^Make sure that the metrics of the hypothesis can be read/,
    ],
    [
      'for a clock that was set back',
      { predictionsGoodAfterMs: null, isClockSetBack: true },
      /^Keep the clock of the bot's machine synchronized/,
    ],
  ])('name what kept it from being known: %s', (_what, recovery, step) => {
    expect(toNextSteps(toUndecided(recovery))).toEqual([expect.stringMatching(step)]);
  });
});

/** A run of which nobody knows which predictions were due under the fault. */
function toMisdated(): Run {
  const { observed, ...deviated } = toDeviated('availability >= 95%');
  if (!observed) throw new TypeError('The run was not measured.');
  const { tolerances } = observed.judgement;
  const open = tolerances.map((judged) => ({
    ...judged,
    finding: 'inconclusive' as const,
    undecided: 'misdated' as const,
  }));
  return {
    ...deviated,
    observed: { ...observed, judgement: { finding: 'inconclusive', tolerances: open } },
    end: { ...end, verdict: 'inconclusive' },
  };
}

test('where nobody knows which predictions were due under the fault, pods that were not seen are named', () => {
  const undecided = toMisdated();
  expect(explainAllUndecided(findOpenQuestions(undecided), undecided)).toContain(
    'held: the bot or Azure was away, pods were not seen, another pod was hit shortly before, or the clock was set.',
  );
  expect(toNextSteps(undecided)).toEqual([
    expect.stringMatching(/^Repeat it while Azure answers and pods can be read, and without /),
  ]);
});

test('where that is for a clock that was set back, neither pods nor Azure are blamed', () => {
  const { observed, recovered, ...others } = toMisdated();
  if (!observed || !recovered) throw new TypeError('The run was not measured.');
  const measurement = { ...observed.measurement, isClockSetBack: true } as const;
  const recovery = { ...recovered.recovery, isClockSetBack: true } as const;
  const setBack: Run = {
    ...others,
    observed: { ...observed, measurement },
    recovered: { ...recovered, recovery: { ...recovery, predictionsGoodAfterMs: null } },
  };
  expect(toNextSteps(setBack)).toEqual([
    expect.stringMatching(
      /^Keep the clock of the bot's machine synchronized, .* run pod-failure .*"$/,
    ),
  ]);
});

test('a clock that was set back in the baseline is named as well', () => {
  const { observed } = toMisdated();
  if (!observed) throw new TypeError('The run was not measured.');
  const { judgement } = observed;
  const measurement = { ...observed.measurement, isClockSetBack: true } as const;
  const undecided: Run = {
    ...run,
    baseline: { measurement, judgement, steady: false },
    end: { ...end, ending: 'baseline-undecided', verdict: null },
  };
  expect(toNextSteps(undecided)).toEqual([
    expect.stringMatching(/^Keep the clock of the bot's machine synchronized/),
  ]);
});

describe('after a fault that was never seen, the next steps', () => {
  const { faultSeen: _seen, observed: _observed, recovered: _recovered, ...others } = run;
  const unseen: Run = { ...others, end: { ...end, verdict: 'void' } };

  test('check the fault where pods were seen all the time', () => {
    expect(toNextSteps(unseen)).toEqual([expect.stringMatching(/^Check that Chaos Mesh runs/)]);
  });

  test('find out what a guard was for that ended it first', () => {
    const trip = {
      guard: { kind: 'lost-sight', afterMs: 15_000 },
      reason: '',
      at: (run.startRequestedAt ?? 0) + 1,
    } as const;
    const aborted = { ...end, ending: 'aborted', verdict: 'void' } as const;
    const [step] = toNextSteps({ ...unseen, trip, cancelRequestedAt: trip.at, end: aborted });
    expect(step).toMatch(/^Find out why nothing was observed/);
  });

  test('find out who cancelled it elsewhere', () => {
    const execution = { executionId: run.executionId, state: 'cancelled', status: 'Cancelled' };
    const [step] = toNextSteps({ ...unseen, execution } as Run);
    expect(step).toMatch(/^Find out who cancelled the execution in Azure/);
  });
});

test('a run that a person stopped is proposed again when the reason is resolved', () => {
  const stop = { by: run.proposal.proposer, at: 0 };
  const stopped = { ...run, stop, cancelRequestedAt: 0 };
  const [ending, verdict] = ['stopped', null] as const;
  expect(toNextSteps({ ...stopped, end: { ...end, ending, verdict } })).toEqual([
    'Resolve the reason for the stop, then propose the experiment again.',
  ]);
});

test('a run in which only the bot was away is run again', () => {
  const interrupted = foldRun(reportJournals.interrupted);
  const { observed } = interrupted;
  if (!observed) throw new TypeError('The run was not measured.');
  const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
  const judged = { tolerance, finding: 'inconclusive', observed: 1, coverage: 0.7 } as const;
  const judgement = {
    finding: 'inconclusive',
    tolerances: [{ ...judged, undecided: 'too-few-measured' }],
  } as const;
  const steps = toNextSteps({
    ...interrupted,
    observed: { ...observed, judgement },
    end: { ...end, verdict: 'inconclusive' },
  });
  expect(steps[0]).toMatch(/^Run it again without a restart of the bot: run /);
});
