import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { parseTolerance } from '../../src/domain/hypothesis.ts';
import { explainUndecided } from '../../src/domain/explain-undecided.ts';
import { findNeed, listPlanWarnings, listToleranceNeeds } from '../../src/domain/plan-decision.ts';
import {
  countToHold,
  listNeeds,
  printSupposed,
  toUsualNeed,
  type Bound,
} from '../../src/domain/sample-size.ts';
import { judgeShare, type Arrivals } from '../../src/evidence/statistics/judge-share.ts';
import { RunCounter } from '../../src/evidence/predictions/run-counter.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import { sampleCourse, sampleMeasurement, sampleProposal, sampleRun } from '../support/proposal.ts';
import { createRandom } from '../support/seeded-stream.ts';

const share = fc.integer({ min: 1, max: 9_990 }).map((tenths) => tenths / 10_000);
const toBound = (bound: number, arrivals: Arrivals = 'jittered'): Bound => ({
  share: bound,
  arrivals,
  ratePerSecond: 10,
});
const findingOf = (count: { due: number; lost: number; runs: number }, of: Bound) =>
  judgeShare(count, { bound: of.share, arrivals: of.arrivals }).finding;

describe('how many predictions it takes', () => {
  test.each([
    // 3.69 / (1 - share)
    [0.5, 'jittered', 8],
    [0.95, 'jittered', 74],
    [0.99, 'jittered', 369],
    [1, 'jittered', 369],
    // ln(0.025) / ln(share)
    [0.95, 'poisson', 72],
    [0.999, 'poisson', 3_688],
  ] as const)('to hold %d with none lost, sent %s', (bound, arrivals, count) => {
    expect(countToHold(toBound(bound, arrivals))).toBe(count);
  });

  test.each(['jittered', 'poisson'] as const)(
    '%s, is where the bound comes to hold',
    (arrivals) => {
      fc.assert(
        fc.property(share, (one) => {
          const bound = toBound(one, arrivals);
          const due = countToHold(bound);
          expect(findingOf({ due, lost: 0, runs: 0 }, bound)).toBe('held');
          if (due > 1)
            expect(findingOf({ due: due - 1, lost: 0, runs: 0 }, bound)).toBe('inconclusive');
        }),
      );
    },
  );

  test('to decide with a power of 80% is said for values on both sides of the bound', () => {
    const needs = listNeeds(toBound(0.95));
    expect(needs.map(({ supposed }) => printSupposed(supposed))).toEqual(['99%', '97.5%', '92.5%']);
    expect(toUsualNeed(toBound(0.95))).toEqual(needs[1]);
    expect(listNeeds(toBound(1))).toEqual([]);
  });

  test.each([0.99, 0.975, 0.925])('decides in 80%% of runs if it is really %d', (supposed) => {
    const bound = toBound(0.95);
    const need = listNeeds(bound).find((one) => Math.abs(one.supposed - supposed) < 1e-9);
    const due = need?.count ?? 0;
    const random = createRandom(7);
    let decided = 0;
    for (let run = 0; run < 1_000; run += 1) {
      const counter = new RunCounter();
      let lost = 0;
      for (let index = 0; index < due; index += 1) {
        const good = random() < supposed;
        if (!good) lost += 1;
        counter.see(good);
      }
      if (findingOf({ due, lost, runs: counter.runs }, bound) !== 'inconclusive') decided += 1;
    }
    expect(decided / 1_000).toBeGreaterThan(0.72);
  });
});

describe('a plan', () => {
  const withBound = (bound: number) => ({
    ...sampleProposal(),
    hypothesis: {
      title: '',
      tolerances: [{ signal: 'availability' as const, comparison: '>=' as const, bound }],
    },
  });

  test('says what each share takes, and nothing of what is counted in pods', () => {
    expect(
      listToleranceNeeds(sampleProposal()).map(({ tolerance, atBest }) => [
        tolerance.signal,
        atBest,
      ]),
    ).toEqual([
      ['availability', 74],
      ['p95', 74],
    ]);
    const [need] = listToleranceNeeds(withBound(0.95));
    expect(need).toMatchObject({ atBestMs: 7_400 });
    const { atHalf = 0 } = need ?? {};
    expect(atHalf).toBeGreaterThan(74);
  });

  test('needs the most that any of its tolerances needs, if all is good and if it is not', () => {
    const tolerances = ['availability >= 100%', 'p95 <= 300ms'];
    const plan = {
      ...sampleProposal(),
      hypothesis: {
        title: '',
        tolerances: tolerances.flatMap((text) => parseTolerance(text) ?? []),
      },
    };
    const [all, slow] = listToleranceNeeds(plan);
    expect(all?.atBest).toBeGreaterThan(slow?.atBest ?? Infinity);
    expect(slow?.atHalf).toBeGreaterThan(all?.atHalf ?? Infinity);
    const { atBest, atBestMs } = all ?? {};
    expect(findNeed(plan)).toEqual({ ...slow, atBest, atBestMs });
  });

  test('is warned of when it cannot decide even if all goes well, and only then', () => {
    expect(listPlanWarnings(sampleProposal())).toEqual([]);
    expect(listPlanWarnings(withBound(0.99))).toEqual([
      '30s before the fault, and as much after it, cannot show availability >= 99%, however good the service is, so nothing would be injected: it takes 369 predictions, 37s at 10/s. Propose it with baseline=37s or more.',
    ]);
    expect(listPlanWarnings(withBound(0.999))).toHaveLength(2);
    const endless = { ...withBound(0.99999), baselineMs: 60_000 };
    expect(listPlanWarnings(endless)).toEqual([
      expect.stringMatching(
        /^availability >= 99\.999% can't be shown at this rate, however good the service is, so nothing would be injected: it takes \d+ predictions, .* at 10\/s, before the fault too, and a baseline may last 1h\. Raise the rate of the service in chaos\.yaml, or loosen the bound\.$/,
      ),
    ]);
    expect(listPlanWarnings(withBound(1))).toHaveLength(1);
  });

  test('is warned of when a metric is read too seldom for it', () => {
    const source = { kind: 'http', url: 'https://stats.example', path: '$.served' } as const;
    const readEvery = (everyMs: number) => {
      const { service, ...plan } = sampleProposal();
      const tolerances = [{ signal: 'metric(users)', comparison: '>=', bound: 99 }] as const;
      const metrics = [{ name: 'users', everyMs, source }];
      return { ...plan, hypothesis: { title: '', tolerances }, service: { ...service, metrics } };
    };
    expect(listPlanWarnings(readEvery(6_000))).toEqual([]);
    expect(listPlanWarnings(readEvery(10_000))).toEqual([
      '30s before the fault, and as much after it, may be too short for metric(users) >= 99, which is read every 10s: 4 values are needed, and one may be missing. Propose it with baseline=50s or more.',
    ]);
    expect(listPlanWarnings(readEvery(60_000))).toEqual([
      '60s of the fault may be too short for metric(users) >= 99, which is read every 60s: 4 values are needed, and one may be missing. Propose it with duration=5m or more.',
      expect.stringMatching(/Propose it with baseline=5m or more\.$/),
    ]);
  });

  test('that is warned of is never one that holds', () => {
    fc.assert(
      fc.property(share, fc.integer({ min: 10, max: 600 }), (bound, seconds) => {
        const plan = { ...withBound(bound), baselineMs: 3_600_000_000 };
        const fault = { ...plan.fault, durationMs: seconds * 1_000 };
        const isWarned = listPlanWarnings({ ...plan, fault }).length > 0;
        const measured = sampleMeasurement({ sent: seconds * 10 });
        const perfect = { ...measured, predictions: { ...measured.predictions, lossRuns: 0 } };
        const { finding } = judgeHypothesis(plan.hypothesis, perfect);
        expect(finding === 'held').toBe(!isWarned);
      }),
    );
  });
});

describe('an answer that is not known', () => {
  test('names no length that a baseline can’t have', () => {
    const tolerance = { signal: 'availability', comparison: '>=', bound: 0.999 } as const;
    const needs = [{ supposed: 0.9995, ms: 2 * 3_600_000, count: 72_000 }];
    const open = { tolerance, needs, undecided: 'measuring-error' } as const;
    const explain = (phase: 'baseline' | 'observed') =>
      explainUndecided({ ...open, phase }, sampleRun());
    expect(explain('observed')).toMatch(/ It is 80% sure to be decided after 2h if/);
    expect(explain('baseline')).toMatch(
      / At this rate that takes longer than a baseline may last, 1h: raise the rate/,
    );
  });

  const ended = (during: Parameters<typeof sampleMeasurement>[0]) => {
    const run = sampleRun(
      sampleCourse({ during: sampleMeasurement({ leastReady: 2, ...during }) }),
    );
    return { run: { ...run, end: { ...concludeRun(run), at: 0 } }, ...concludeRun(run) };
  };

  test('says for supposed values how long to run, never for its own', () => {
    const { run, verdict, why } = ended({ sent: 600, good: 578 });
    expect(verdict).toBe('inconclusive');
    expect(why).toMatch(
      /^availability >= 95% could not be decided during the fault: the measuring error reaches across the bound\. It is 80% sure to be decided after .* if it is really 99%, .* 97\.5%, .* 92\.5%\.$/,
    );
    expect(ended({ sent: 600, good: 560 }).why).toBe(why);
    expect(toNextSteps(run)[0]).toMatch(
      /^Repeat with a longer fault: run pod-failure .* duration=2m /,
    );
  });
});

describe('the share of right answers', () => {
  const hypothesis = (bound: number) => ({
    title: '',
    tolerances: [{ signal: 'correct' as const, comparison: '>=' as const, bound }],
  });
  const judge = (failures: Readonly<Record<string, number>>, bound: number) => {
    const lost = Object.values(failures).reduce((sum, count) => sum + count, 0);
    const measured = sampleMeasurement({ sent: 1_000, good: 1_000 - lost });
    const predictions = { ...measured.predictions, failures };
    return judgeHypothesis(hypothesis(bound), { ...measured, predictions }).tolerances[0];
  };

  test('counts those that were answered, and of them those that were not right', () => {
    expect(judge({ refused: 300, timeout: 100 }, 1)).toMatchObject({
      finding: 'inconclusive',
      undecided: 'too-few-answered',
      observed: 1,
    });
    expect(judge({ refused: 300, wrong: 1 }, 1)).toMatchObject({ finding: 'deviated' });
    expect(judge({ malformed: 7, overloaded: 300 }, 0.99)).toMatchObject({ observed: 0.99 });
    expect(judge({ refused: 1_000 }, 1)).toMatchObject({ finding: 'inconclusive', observed: null });
  });
});
