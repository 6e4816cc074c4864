import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { toBudgetMs, toPrice, type Objective } from '../../src/domain/error-budget.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { findOverspending, toSpending } from '../../src/domain/spending.ts';
import { foldCharges } from '../support/fold-charges.ts';
import { askGuards } from '../support/guard-watch.ts';
import {
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
  startOfTime,
} from '../support/proposal.ts';

const dayMs = 24 * 3_600_000;
const objective: Objective = { availability: 0.999, overMs: 30 * dayMs };
const { service } = sampleProposal();
const plan = (leave?: number, change: Partial<Proposal> = {}): Proposal =>
  sampleProposal({
    service: { ...service, objective: { ...objective, ...(leave === undefined ? {} : { leave }) } },
    ...change,
  });

/** A run of the service that lost so many predictions of 10/s, ended at `at`. */
function spent(lost: number, at: number): Run {
  const during = sampleMeasurement({ sent: lost + 100, good: 100 });
  const run = { ...sampleRun(sampleCourse({ during })), proposal: plan() };
  return { ...run, phase: 'ended', end: { ending: 'completed', verdict: 'deviated', why: '', at } };
}

describe('an error budget', () => {
  test('is what an objective leaves open', () => {
    expect(toBudgetMs(objective)).toBe(43.2 * 60_000);
    expect(toBudgetMs({ availability: 0.9, overMs: 10_000 })).toBe(1_000);
  });

  test('is charged with what a run lost under the fault and until it had recovered', () => {
    const course = sampleCourse({ during: sampleMeasurement({ sent: 600, good: 590 }) });
    const last = course.at(-1);
    if (last?.type !== 'recovery-judged') throw new Error('no recovery');
    const goneAt = startOfTime + 60_000;
    const seconds = [-1, 0, 4].map((after) => ({
      at: goneAt + after * 1_000,
      sent: 10,
      good: 5,
      failures: { refused: 5 },
    }));
    const measurement = { ...last.measurement, startedAt: goneAt + 3_000, seconds };
    const after = (recovery = last.recovery) =>
      toSpending(sampleRun([...course.slice(0, -1), { ...last, measurement, recovery }]));
    // Those before belong to the measurement under the fault, those after to a service that is well again.
    const span = { from: 'fault', until: 'recovery' };
    expect(after()).toEqual({ lost: 15, sent: 610, ms: 1_500, span });
    expect(after({ podsReadyAfterMs: 0, predictionsGoodAfterMs: null })?.lost).toBe(20);
    expect(toSpending(sampleRun(course))).toMatchObject({ lost: 10, ms: 1_000 });
    expect(toSpending(sampleRun())).toBeUndefined();
  });
});

describe('the price of a run', () => {
  test('is the whole fault and the whole recovery', () => {
    expect(toPrice(sampleProposal())).toMatchObject({ totalMs: 180_000, capped: false });
  });

  test('is less where a cap ends the fault, once what must happen until then is reckoned with', () => {
    const guards = [{ kind: 'budget-cap', spendMs: 5_000 }] as const;
    const { faultMs, capped } = toPrice(sampleProposal({ guards }));
    expect([faultMs, capped]).toEqual([37_000, true]);
  });

  test('never grows with a cap, and never falls with a longer fault', () => {
    const ms = fc.integer({ min: 10_000, max: 3_600_000 });
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: 0, max: 600_000 }), (short, more, spendMs) => {
        const price = (durationMs: number, capped: boolean) =>
          toPrice(
            sampleProposal({
              fault: { action: 'pod-kill', mode: 'one', durationMs },
              guards: capped ? [{ kind: 'budget-cap', spendMs }] : [],
            }),
          ).totalMs;
        expect(price(short, true)).toBeLessThanOrEqual(price(short, false));
        expect(price(short + more, true)).toBeGreaterThanOrEqual(price(short, true));
      }),
    );
  });
});

describe('a cap on what a run may spend', () => {
  const guards = [{ kind: 'budget-cap', spendMs: 2_000 }] as const;
  const seconds = (lost: number) =>
    Array.from({ length: 5 }, (_, index) => ({
      at: startOfTime + 4_000 + index * 1_000,
      sent: 10,
      good: index === 4 ? 10 - lost : 6,
      failures: {},
    }));
  const trip = (lost: number, armedAt = startOfTime) =>
    askGuards(guards, seconds(lost), { armedAt });

  test('ends the fault when it is reached, and not before', () => {
    expect(trip(3)).toBeUndefined();
    expect(trip(8)?.reason).toMatch(
      /predictions failed, equal to 2\.4s of full outage; the cap is 2s$/,
    );
  });

  test('counts nothing from before the start was asked for', () => {
    expect(trip(4, startOfTime + 5_000)).toBeUndefined();
    expect(trip(10, Infinity)).toBeUndefined();
  });
});

describe('what must be left of the budget', () => {
  const now = startOfTime;
  const chargesAt = (time: number, runs: readonly Run[]) =>
    foldCharges(runs, {
      cluster: service.cluster,
      service: service.name,
      since: time - objective.overMs,
    });
  const find = (proposal: Proposal, runs: readonly Run[] = []) =>
    findOverspending(proposal, chargesAt(now, runs));

  test('is kept by whoever states it, and asked of nobody else', () => {
    const lots = [spent(1_000_000, now - dayMs)];
    expect(find(plan(undefined), lots)).toBeUndefined();
    expect(find(plan(0.25))).toBeUndefined();
    expect(find(plan(0.25), lots)?.rule).toMatch(
      /25% of the error budget of diabetes \(43m 12s over 720h\) must be left/,
    );
  });

  test('says when it would pass: as soon as enough has fallen out of the span', () => {
    const runs = [spent(10_000, now - 29 * dayMs), spent(10_000, now - 2 * dayMs)];
    const found = find(plan(0.25), runs);
    expect(found?.rule).toMatch(/33m 20s are spent, and this run may spend 3m more$/);
    expect(found?.passesAt).toBe(now + dayMs);
    expect(findOverspending(plan(0.25), chargesAt(now + dayMs, runs))).toBeUndefined();
  });

  test('says how long the fault may be', () => {
    const runs = [spent(17_940, now - 2 * dayMs)];
    expect(find(plan(0.25), runs)).toMatchObject({ longestMs: 30_000 });
  });

  test('says so when it never passes', () => {
    expect(find(plan(0.95))).toEqual({ rule: expect.any(String) });
  });

  test('is not touched by runs of other services, older than the span, or that injected nothing', () => {
    const other = spent(1_000_000, now - dayMs);
    const elsewhere = { ...other.proposal, service: { ...plan().service, cluster: 'other' } };
    const { observed: _observed, ...unmeasured } = other;
    const { faultActiveAt: _active, faultSeen: _seen, ...never } = unmeasured;
    const find25 = (run: Run) => find(plan(0.25), [run]);
    expect(find25({ ...other, proposal: elsewhere })).toBeUndefined();
    expect(find25(spent(1_000_000, now - 31 * dayMs))).toBeUndefined();
    expect(find25(never)).toBeUndefined();
    // Of a fault that nobody could measure, the worst is assumed.
    expect(find(plan(0.9), [unmeasured])?.rule).toMatch(/, 3m are spent/);
  });

  test('is left by every run that passes, at its worst', () => {
    const runs = fc.array(
      fc.record({ lost: fc.nat(20_000), daysAgo: fc.integer({ min: 1, max: 40 }) }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(runs, fc.integer({ min: 0, max: 100 }), (list, percent) => {
        const earlier = list.map(({ lost, daysAgo }) => spent(lost, now - daysAgo * dayMs));
        const counted = list.filter(({ daysAgo }) => daysAgo < 30);
        const spentMs = counted.reduce((sum, { lost }) => sum + lost * 100, 0);
        const left = toBudgetMs(objective) - spentMs - 180_000;
        const passes = find(plan(percent / 100), earlier) === undefined;
        expect(passes).toBe(left >= toBudgetMs(objective) * (percent / 100) - 1e-6);
      }),
      { numRuns: 50 },
    );
  });
});
