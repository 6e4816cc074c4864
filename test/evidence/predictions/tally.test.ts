import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { failureKinds, isAnswered } from '../../../src/domain/measurement.ts';
import type { MeasuredPrediction, Outcome } from '../../../src/domain/prediction-result.ts';
import { Tally } from '../../../src/evidence/predictions/tally.ts';

const measured = fc
  .record({
    outcome: fc.constantFrom<Outcome>('good', 'good', ...failureKinds),
    latencyMs: fc.double({ min: 0, max: 70_000, noNaN: true }),
    lateMs: fc.double({ min: 0, max: 250, noNaN: true }),
    kept: fc.boolean(),
    pod: fc.constantFrom('a', 'b', 'c', undefined),
  })
  .map(({ lateMs, latencyMs, pod, ...rest }): MeasuredPrediction => ({
    ...rest,
    kind: 'measured',
    dueAt: 1_000,
    sentAt: 1_000 + lateMs,
    endedAt: 1_000 + lateMs + latencyMs,
    latencyMs,
    ...(pod === undefined ? {} : { pod }),
  }));

const gap = (due: number) => ({ from: 0, until: 100, due, reason: 'paused' as const });

function count(results: readonly MeasuredPrediction[], due: number, from?: Tally): Tally {
  const tally = from ?? new Tally([100, 250]);
  for (const result of results) tally.record(result);
  tally.skip(gap(due));
  return tally;
}

/** Pods that answered as often as another may stand before or after it. */
function inOrder(tally: Tally) {
  const { pods = [], ...measurement } = tally.measurement();
  return { ...measurement, pods: pods.toSorted((left, right) => (left.pod < right.pod ? -1 : 1)) };
}

/** How often `isHit` turns from true, or from nothing, to false. */
function countRuns<Item>(items: readonly Item[], isHit: (item: Item) => boolean): number {
  return items.filter((item, index) => {
    const before = items[index - 1];
    return !isHit(item) && (before === undefined || isHit(before));
  }).length;
}

const results = fc.array(measured, { maxLength: 60 });

describe('a tally', () => {
  test.each(['a restart', 'a copy'])('is the same with %s in between or without', (how) => {
    const property = fc.property(results, results, fc.nat(5), (before, after, due) => {
      const first = count(before, due);
      const whole = count(after, 0, count(before, due));
      const next =
        how === 'a copy' ? first.copy() : Tally.from(JSON.parse(JSON.stringify(first.state())));
      expect(inOrder(count(after, 0, next))).toEqual(inOrder(whole));
      expect(inOrder(first)).toEqual(inOrder(count(before, due)));
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('adds up: every prediction is good or failed in one way, fresh or kept', () => {
    const property = fc.property(results, (all) => {
      const { sent, good, failures, connections } = count(all, 0).measurement();
      const failed = Object.values(failures).reduce((sum, each) => sum + each, 0);
      const { fresh, kept } = connections ?? {};
      expect([sent, good + failed]).toEqual([all.length, all.length]);
      expect((fresh?.sent ?? 0) + (kept?.sent ?? 0)).toBe(sent);
      expect((fresh?.good ?? 0) + (kept?.good ?? 0)).toBe(good);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('counts runs of failed, wrong and slow predictions in the order in which they were due', () => {
    const property = fc.property(results, (all) => {
      const { lossRuns, wrongRuns, within } = count(all, 0).measurement();
      const isGood = ({ outcome }: MeasuredPrediction) => outcome === 'good';
      expect(lossRuns).toBe(countRuns(all, isGood));
      const answered = all.filter(({ outcome }) => isAnswered(outcome));
      expect(wrongRuns).toBe(countRuns(answered, isGood));
      for (const { limitMs, runs, count: kept } of within) {
        const isWithin = (one: MeasuredPrediction) => isGood(one) && one.latencyMs <= limitMs;
        expect(kept).toBe(all.filter(isWithin).length);
        expect(runs).toBe(countRuns(all, isWithin));
      }
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('begins a run of failures anew after a gap: nobody knows what happened in it', () => {
    const failed = (dueAt: number): MeasuredPrediction => ({
      kind: 'measured',
      dueAt,
      sentAt: dueAt,
      endedAt: dueAt + 5,
      latencyMs: 5,
      outcome: 'timeout',
      kept: false,
    });
    const tally = count([failed(0), failed(100)], 3);
    tally.record(failed(500));
    const { lossRuns, within } = tally.measurement();
    expect([lossRuns, ...within.map(({ runs }) => runs)]).toEqual([2, 2, 2]);
  });

  test('lists gaps, joined where they belong together, and counts what was due in them', () => {
    const tally = new Tally([]);
    tally.skip({ from: 0, until: 100, due: 1, reason: 'sent-late' });
    tally.skip({ from: 500, until: 600, due: 1, reason: 'sent-late' });
    tally.skip({ from: 5_000, until: 9_000, due: 40, reason: 'restart' });
    expect(tally.measurement()).toMatchObject({
      unmeasured: { 'sent-late': 2, restart: 40 },
      gaps: [
        { from: 0, until: 600, due: 2, reason: 'sent-late' },
        { from: 5_000, until: 9_000, due: 40, reason: 'restart' },
      ],
    });
  });
});
