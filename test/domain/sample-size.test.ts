import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { listNeeds, listPlanWarnings } from '../../src/domain/plan-decision.ts';
import {
  countMissing,
  countToDecide,
  countToHold,
  findSide,
} from '../../src/domain/sample-size.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import { sampleCourse, sampleMeasurement, sampleProposal, sampleRun } from '../support/proposal.ts';

const share = fc.integer({ min: 1, max: 9_990 }).map((tenths) => tenths / 10_000);

describe('how many samples it takes', () => {
  // n >= ln(0.025) / ln(share)
  test.each([
    [0.5, 6],
    [0.95, 72],
    [0.99, 368],
    [0.999, 3_688],
  ])('to hold %d with none lost', (bound, count) => {
    expect(countToHold(bound)).toBe(count);
  });

  test('with none lost is exactly where the interval comes to lie above the bound', () => {
    fc.assert(
      fc.property(share, (bound) => {
        const of = countToHold(bound);
        expect(findSide({ kept: of, of, share: bound })).toBe('above');
        if (of > 1) expect(findSide({ kept: of - 1, of: of - 1, share: bound })).not.toBe('above');
      }),
    );
  });

  test('with some lost decides, and grows as they come near to the bound', () => {
    const from = (rate: number) => countToDecide(rate, 0.95) ?? Number.POSITIVE_INFINITY;
    expect(from(1)).toBe(countToHold(0.95));
    expect(from(0.99)).toBeGreaterThan(from(1));
    expect(from(0.96)).toBeGreaterThan(from(0.99));
    expect(from(0.95)).toBe(Number.POSITIVE_INFINITY);
    expect(from(0.94)).toBeGreaterThan(from(0.9));
  });

  test('on top of what was seen decides, if it goes the same way', () => {
    const counts = fc
      .tuple(fc.integer({ min: 1, max: 2_000 }), fc.nat(2_000), share)
      .filter(([of, lost]) => lost <= of);
    fc.assert(
      fc.property(counts, ([of, lost, bound]) => {
        const kept = of - lost;
        fc.pre(findSide({ kept, of, share: bound }) === 'around');
        fc.pre(Math.abs(kept / of - bound) > 0.005);
        const missing = countMissing({ kept, of, share: bound }) ?? Number.NaN;
        const all = of + missing;
        const same = (all * kept) / of;
        const side = kept / of > bound ? 'above' : 'below';
        const rounded = side === 'above' ? Math.floor(same) : Math.ceil(same);
        expect(findSide({ kept: rounded, of: all, share: bound })).toBe(side);
      }),
    );
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
      listNeeds(sampleProposal()).map(({ tolerance, atBest }) => [tolerance.signal, atBest]),
    ).toEqual([
      ['availability', 72],
      ['p95', 72],
    ]);
    const [need] = listNeeds(withBound(0.95));
    expect(need).toMatchObject({ atBestMs: 7_200 });
    const { atHalf = 0 } = need ?? {};
    expect(findSide({ kept: Math.floor(atHalf * 0.975), of: atHalf, share: 0.95 })).toBe('above');
    expect(atHalf).toBeGreaterThan(72);
  });

  test('is warned of when it cannot decide even if all goes well, and only then', () => {
    expect(listPlanWarnings(sampleProposal())).toEqual([]);
    expect(listPlanWarnings(withBound(0.99))).toEqual([
      '30s after it cannot show availability >= 99%, however good: that takes 368 predictions, 37s at 10/s.',
    ]);
    expect(listPlanWarnings(withBound(0.999))).toHaveLength(2);
    expect(listPlanWarnings(withBound(1))).toEqual([]);
  });

  test('that is warned of is never one that holds', () => {
    fc.assert(
      fc.property(share, fc.integer({ min: 10, max: 600 }), (bound, seconds) => {
        const plan = { ...withBound(bound), baselineMs: 3_600_000_000 };
        const fault = { ...plan.fault, durationMs: seconds * 1_000 };
        const isWarned = listPlanWarnings({ ...plan, fault }).length > 0;
        const perfect = sampleMeasurement({ sent: seconds * 10 });
        const { finding } = judgeHypothesis(plan.hypothesis, perfect);
        expect(finding === 'held').toBe(!isWarned);
      }),
    );
  });
});

describe('an answer that is not known', () => {
  const ended = (during: Parameters<typeof sampleMeasurement>[0]) => {
    const run = sampleRun(
      sampleCourse({ during: sampleMeasurement({ leastReady: 2, ...during }) }),
    );
    return { run: { ...run, end: { ...concludeRun(run), at: 0 } }, ...concludeRun(run) };
  };

  test('says how many more predictions would have told it, and how long to run for that', () => {
    const { run, verdict, why } = ended({ sent: 600, good: 578 });
    expect(verdict).toBe('inconclusive');
    const [, more] = /availability >= 95% under the fault would take (\d+) more, /.exec(why) ?? [];
    const all = 600 + Number(more);
    expect(findSide({ kept: Math.floor((all * 578) / 600), of: all, share: 0.95 })).toBe('above');
    const seconds = Math.ceil(60 + Number(more) / 10);
    expect(toNextSteps(run)[0]).toMatch(new RegExp(`duration=(${seconds}s|\\d+m) or more`));
  });

  test('says so when no number would tell', () => {
    expect(ended({ sent: 600, good: 570 }).why).toMatch(
      /no number of predictions like these would decide availability >= 95% under/,
    );
  });

  test('counts predictions to send where only those that are answered tell', () => {
    const slow = sampleMeasurement({ sent: 600, good: 300 });
    const predictions = { ...slow.predictions, within: [{ limitMs: 500, count: 292 }] };
    const { tolerances } = judgeHypothesis(sampleProposal().hypothesis, { ...slow, predictions });
    const p95 = tolerances.find(({ tolerance }) => tolerance.signal === 'p95');
    const missing = countMissing({ kept: 292, of: 300, share: 0.95 }) ?? 0;
    expect(p95).toMatchObject({ finding: 'inconclusive', missing: 2 * missing });
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
      finding: 'held',
      observed: 1,
    });
    expect(judge({ refused: 300, wrong: 1 }, 1)).toMatchObject({ finding: 'deviated' });
    expect(judge({ malformed: 7, overloaded: 300 }, 0.99)).toMatchObject({ observed: 0.99 });
    expect(judge({ refused: 1_000 }, 1)).toMatchObject({ finding: 'inconclusive', observed: null });
  });
});
