import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareRuns, printComparison } from '../../src/domain/compare-runs.ts';
import type { PhaseMeasurement } from '../../src/domain/measurement.ts';
import { toObservation } from '../../src/domain/observation.ts';
import { toOutlook } from '../../src/domain/outlook.ts';
import { printOutlook } from '../../src/domain/print-outlook.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import {
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
  startOfTime,
} from '../support/proposal.ts';

/** A run that ended, so many hours before the first. */
function toRun(
  {
    hours,
    good,
    seen = true,
    lossRuns = 0,
  }: { hours: number; good: number; seen?: boolean; lossRuns?: number },
  change: Partial<Proposal> = {},
): Run {
  const whole = sampleMeasurement({ sent: 600, good });
  const during = { ...whole, predictions: { ...whole.predictions, lossRuns } };
  const run = sampleRun(
    [
      ...sampleCourse({ during, seen }),
      { type: 'ended', ending: 'completed', verdict: 'held', why: '' },
    ],
    { proposedAt: startOfTime - hours * 3_600_000, ...change },
  );
  return { ...run, id: `r-00000${hours}` as RunId };
}

describe('a run compared with earlier ones', () => {
  const earlier = [1, 2, 3].map((hours) => toRun({ hours, good: 599, lossRuns: 1 }));
  const lossy = [1, 2, 3].map((hours) => toRun({ hours, good: 520 + hours, lossRuns: 80 - hours }));

  test('in bursts is not called worse for one outage more, which independent losses would make it', () => {
    const comparison = compareRuns(toRun({ hours: 0, good: 560, lossRuns: 1 }), earlier);
    expect(comparison).toMatchObject({
      change: 'no-difference-can-be-told',
      before: { good: 1_797, sent: 1_800 },
    });
    expect(comparison && printComparison(comparison)).toMatch(
      /^no difference from the last 3 comparable runs \(r-000001, r-000002, r-000003\) can be told\. Measured: 93\.33\u00A0% good under the fault, 6\.5 points less \(95% CI: .* less to .* less\)$/,
    );
  });

  test('with many more single failures is worse', () => {
    const before = [1, 2, 3].map((hours) =>
      toRun({ hours, good: 590 + hours, lossRuns: 10 - hours }),
    );
    const now = toRun({ hours: 0, good: 520, lossRuns: 80 });
    expect(compareRuns(now, before)?.change).toBe('worse');
    const alike = toRun({ hours: 0, good: 591, lossRuns: 9 });
    expect(compareRuns(alike, before)?.change).toBe('no-difference-can-be-told');
  });

  test('says when there are too few outages to tell', () => {
    const comparison = compareRuns(
      toRun({ hours: 0, good: 300, lossRuns: 1 }),
      earlier.slice(0, 1),
    );
    expect(comparison?.change).toBe('too-few-episodes');
    expect(comparison && printComparison(comparison)).toMatch(
      /^too few outages to compare with the last comparable run \(r-000001\): 2 in all, at least 6 are needed\. /,
    );
  });

  test('that lost less is better, on few runs only if runs differ by chance alone', () => {
    const worse = [toRun({ hours: 1, good: 520, lossRuns: 80 })];
    const comparison = compareRuns(toRun({ hours: 0, good: 596, lossRuns: 4 }), worse);
    expect(comparison).toMatchObject({ change: 'better', assumesRunsAlike: true });
    expect(comparison && printComparison(comparison)).toMatch(
      /^better than the last comparable run \(r-000001\), if runs of this kind differ by chance only\. Measured: /,
    );
  });

  test('whose fault was cut short is not called better or worse', () => {
    const run = toRun({ hours: 0, good: 300, lossRuns: 80 });
    const cut = { ...run, end: { ...run.end!, ending: 'aborted' as const } };
    expect(compareRuns(cut, earlier)?.change).toBe('cut-short');
  });

  test('takes those that a guard ended into what is said of the next run, not into the comparison', () => {
    const [one, two] = [1, 2].map((hours) => toRun({ hours, good: 126 }));
    const aborted = [one!, two!].map((run) => ({
      ...run,
      end: { ...run.end!, ending: 'aborted' as const },
    }));
    const now = toRun({ hours: 0, good: 600 });
    const mixed = compareRuns(now, [...aborted, toRun({ hours: 3, good: 600 })]);
    expect(mixed).toMatchObject({
      before: { good: 600, sent: 600 },
      outlook: { runs: 4, worst: 0.21 },
    });
    const alone = compareRuns(now, aborted);
    expect(alone).toMatchObject({ change: 'cut-short', outlook: { runs: 3, worst: 0.21 } });
    expect(alone && printComparison(alone)).toMatch(
      /^a fault was cut short, so this run can't be /,
    );
  });

  test('is compared to none whose fault was not as approved', () => {
    const mismatches = [{ code: 'more-pods', hit: 3, approved: 1 } as const];
    const injection = { source: 'signature', hit: [], others: [], mismatches } as const;
    const wider = { ...toRun({ hours: 1, good: 500 }), injection };
    const now = toRun({ hours: 0, good: 600 });
    expect(compareRuns(now, [wider])).toBeUndefined();
    expect(toOutlook({ ...now, injection }, [])).toBeUndefined();
  });

  test('is not called better when its own fault was not as approved', () => {
    const mismatches = [
      { code: 'fewer-pods', hit: 1, approved: 3 },
      { code: 'too-short', lastedMs: 12_000, askedMs: 60_000 },
    ] as const;
    const injection = { source: 'signature', hit: [], others: [], mismatches } as const;
    const comparison = compareRuns({ ...toRun({ hours: 0, good: 600 }), injection }, lossy);
    expect(comparison?.change).toBe('not-as-approved');
    expect(comparison && printComparison(comparison)).toMatch(
      /^the fault of this run was not as approved, so it can't be called better or worse than the last 3 comparable runs \(r-000001, r-000002, r-000003\)\. Measured: 100/,
    );
  });

  test('is not called better when another service answered, nor compared to one that it answered', () => {
    const answeredBy = (run: Run, pod: string): Run => {
      const { measurement, judgement } = run.observed!;
      const pods = [{ pod, sent: 600, good: 600, failures: {} }];
      const predictions = { ...measurement.predictions, pods };
      return { ...run, observed: { judgement, measurement: { ...measurement, predictions } } };
    };
    const now = toRun({ hours: 0, good: 600 });
    expect(compareRuns(answeredBy(now, 'diabetes-7c9f-a'), lossy)?.change).toBe('better');
    const comparison = compareRuns(answeredBy(now, 'fraud-5b1d-x'), lossy);
    expect(comparison?.change).toBe('other-service');
    expect(comparison && printComparison(comparison)).toMatch(
      /^pods outside the service answered, so this run can't be called better or worse/,
    );
    expect(compareRuns(now, [answeredBy(toRun({ hours: 1, good: 500 }), 'fraud-5b1d-x')])).toBe(
      undefined,
    );
  });

  test.each([
    ['was not measured', { predictions: { unmeasured: { restart: 360 } } }],
    ['may not belong to the fault', { misdatedMs: 20_000 }],
    ['has no known time, as the clock was set back', { misdatedMs: 60_000, isClockSetBack: true }],
  ] as const)('is neither better nor compared to where too much %s', (_what, change) => {
    const partly = (run: Run): Run => {
      const { measurement, judgement } = run.observed!;
      const predictions = {
        ...measurement.predictions,
        ...('predictions' in change ? change.predictions : {}),
      };
      return {
        ...run,
        observed: { judgement, measurement: { ...measurement, ...change, predictions } },
      };
    };
    const now = toRun({ hours: 0, good: 600 });
    expect(compareRuns(now, lossy)?.change).toBe('better');
    const comparison = compareRuns(partly(now), lossy);
    expect(comparison?.change).toBe('too-little-measured');
    expect(comparison && printComparison(comparison)).toBe(
      'too few predictions were measured during the fault to compare this run with the last 3 comparable runs (r-000001, r-000002, r-000003)',
    );
    expect(compareRuns(now, lossy.map(partly))).toBeUndefined();
    expect(toOutlook(partly(now), [])).toBeUndefined();
  });

  test('is compared to none that was of another kind, came later, or had no fault', () => {
    const { fault, service } = sampleProposal();
    const others = [
      toRun({ hours: 1, good: 600 }, { fault: { ...fault, durationMs: 90_000 } }),
      toRun({ hours: 1, good: 600 }, { service: { ...service, name: 'fraud' } }),
      toRun({ hours: 1, good: 600, seen: false }),
      toRun({ hours: -1, good: 600 }),
      sampleRun([], { proposedAt: startOfTime - 1 }),
    ];
    expect(compareRuns(toRun({ hours: 0, good: 520 }), others)).toBeUndefined();
    expect(compareRuns(toRun({ hours: 0, good: 520, seen: false }), earlier)).toBeUndefined();
  });

  test('is compared to the newest few', () => {
    const many = [1, 2, 3, 4, 5, 6, 7].map((hours) => toRun({ hours, good: 600 }));
    const comparison = compareRuns(toRun({ hours: 0, good: 600 }), many);
    expect(comparison?.runs).toEqual(many.slice(0, 5).map(({ id }) => id));
  });
});

describe('what is said of the next run', () => {
  const { service } = sampleProposal();
  const declared = { service: { ...service, longestOutageMs: 5_000 } };
  const say = (runs: number, change: Partial<Proposal> = declared, good = 600) => {
    const [now, ...earlier] = Array.from({ length: runs }, (_, hours) =>
      toRun({ hours, good, lossRuns: 0 }, change),
    );
    const outlook = now && toOutlook(now, earlier);
    return outlook && printOutlook(outlook);
  };

  test('is that one run of this length cannot tell, whatever it shows', () => {
    expect(say(1)).toMatch(
      /^Assuming outages of at most 5s, .* of 69\.2% or more on average \(95% CI\)\. One run of this length can't tell whether availability >= 95% would hold again, whatever it shows: that takes 6m 9s without any failure\. One run of 11m 50s is 80% sure to tell if it is really 99%, one of 39m 50s if it is really 97\.5%, with outages of 1\.7s on average\. The next run is no worse than this one \(100%\) with a probability of 50%\.$/,
    );
  });

  test('names no length that a run had already', () => {
    const short = { service: { ...service, longestOutageMs: 100 } };
    expect(say(1, short, 570)).toMatch(
      /can't be told\. One run of 90s is 80% sure to tell if it is really 97\.5%, with outages of 33ms on average\. The next/,
    );
  });

  test('takes earlier runs in', () => {
    expect(say(3)).toMatch(
      /of 89\.7% or more .* the worst of this run and the 2 before it with the same fault \(100%\) with a probability of 75%/,
    );
  });

  test('is not known where no longest outage is declared', () => {
    expect(say(1, {})).toMatch(
      /^Not known: the longest outage of the service is not declared \(longestOutage in chaos\.yaml\)\. The next run is no worse/,
    );
  });

  test('is that it would not hold where far too much failed', () => {
    expect(say(3, declared, 100)).toContain('availability >= 95% would not hold again');
  });

  test('rests on no run of which too little was measured', () => {
    const partly = (run: Run): Run => {
      const { measurement, judgement } = run.observed!;
      const predictions = { ...measurement.predictions, unmeasured: { restart: 240 } };
      return { ...run, observed: { judgement, measurement: { ...measurement, predictions } } };
    };
    const [now, before] = [0, 1].map((hours) => toRun({ hours, good: 600 }));
    expect(now && toOutlook(partly(now), [])).toBeUndefined();
    expect(now && before && toOutlook(now, [partly(before)])).toMatchObject({ runs: 1 });
    expect(now && before && toOutlook(now, [before])).toMatchObject({ runs: 2 });
  });

  test('is nothing where the fault was cut short or never seen', () => {
    const run = toRun({ hours: 0, good: 600 });
    expect(toOutlook({ ...run, end: { ...run.end!, ending: 'stopped' } }, [])).toBeUndefined();
    expect(toOutlook(toRun({ hours: 0, good: 600, seen: false }), [])).toBeUndefined();
  });
});

describe('an observation from a journal', () => {
  const measured = (losses: readonly number[], lossRuns?: number): PhaseMeasurement => {
    const lost = losses.reduce((sum, count) => sum + count, 0);
    const whole = sampleMeasurement({ sent: losses.length * 10, good: losses.length * 10 - lost });
    const seconds = losses.map((count, index) => ({
      at: startOfTime + index * 1_000,
      sent: 10,
      good: 10 - count,
      failures: {},
    }));
    const predictions =
      lossRuns === undefined ? whole.predictions : { ...whole.predictions, lossRuns };
    return { ...whole, predictions, seconds, endedAt: startOfTime + losses.length * 1_000 };
  };
  const runsOf = (...of: Parameters<typeof measured>) =>
    toObservation(measured(...of)).lossRuns.map(({ lost }) => lost);

  test('is one outage where whole seconds were lost, and single failures where there were as many runs', () => {
    expect(runsOf([0, 4, 10, 10, 2, 0, 0], 1)).toEqual([26]);
    expect(runsOf([0, 1, 2, 0, 3, 0], 6)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(runsOf([0, 3, 0, 0, 5, 0])).toEqual([3, 5]);
  });

  test('has exactly what the phase lost, in as many runs', () => {
    const counts = fc.array(fc.nat(10), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(counts, fc.nat(200), (losses, more) => {
        const lost = losses.reduce((sum, count) => sum + count, 0);
        const least = runsOf(losses).length;
        // A second that lost everything has one run at most.
        const singles = losses.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
        const lossRuns = least + Math.min(more, singles);
        const runs = runsOf(losses, lossRuns);
        expect(runs.reduce((sum, count) => sum + count, 0)).toBe(lost);
        expect(runs).toHaveLength(lossRuns);
      }),
    );
  });
});
