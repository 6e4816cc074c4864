import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { failureKinds } from '../../src/domain/measurement.ts';
import type { Outcome } from '../../src/predictions/judge-answer.ts';
import { takeTurn } from '../../src/predictions/take-turn.ts';
import { Tally, type Judged } from '../../src/predictions/tally.ts';

const judged = fc.record<Judged>({
  outcome: fc.constantFrom<Outcome>('good', 'good', ...failureKinds),
  latencyMs: fc.double({ min: 0, max: 70_000, noNaN: true }),
  lateMs: fc.double({ min: 0, max: 500, noNaN: true }),
  kept: fc.boolean(),
  pod: fc.constantFrom('a', 'b', 'c', undefined),
});

function measure(results: readonly Judged[], missed: number, from?: Tally): Tally {
  const tally = new Tally([100, 250]);
  // As after a restart: what was counted before was kept as JSON.
  if (from) tally.merge(JSON.parse(JSON.stringify(from.state())));
  for (const result of results) tally.record(result);
  tally.miss(missed);
  return tally;
}

/** Pods that answered as often as another may stand before or after it. */
function inOrder(tally: Tally) {
  const { pods = [], ...measurement } = tally.measurement();
  return { ...measurement, pods: pods.toSorted((left, right) => (left.pod < right.pod ? -1 : 1)) };
}

describe('a tally', () => {
  test('is the same whether the process was restarted in between or not', () => {
    const property = fc.property(
      fc.array(judged, { maxLength: 60 }),
      fc.array(judged, { maxLength: 60 }),
      fc.nat(5),
      (before, after, missed) => {
        const whole = measure([...before, ...after], missed);
        const resumed = measure(after, 0, measure(before, missed));
        expect(inOrder(resumed)).toEqual(inOrder(whole));
      },
    );
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('adds up: every prediction is good or failed in one way, fresh or kept', () => {
    const property = fc.property(fc.array(judged, { maxLength: 100 }), (results) => {
      const { sent, good, failures, connections } = measure(results, 0).measurement();
      const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
      const { fresh, kept } = connections ?? {};
      expect([sent, good + failed]).toEqual([results.length, results.length]);
      expect((fresh?.sent ?? 0) + (kept?.sent ?? 0)).toBe(sent);
      expect((fresh?.good ?? 0) + (kept?.good ?? 0)).toBe(good);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('goes on from what was kept before connections and the schedule were measured', () => {
    const { latencyHistogram } = new Tally([]).state();
    const tally = new Tally([]);
    tally.merge({ sent: 3, good: 2, failures: { reset: 1 }, within: [], latencyHistogram });
    expect(tally.measurement()).toMatchObject({
      sent: 3,
      connections: { fresh: { sent: 3, good: 2 }, kept: { sent: 0, good: 0 } },
      schedule: { missed: 0 },
    });
  });
});

describe('turns', () => {
  test('give the share its kept connections, and each kind every golden input in turn', () => {
    const property = fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 500 }),
      (share, count) => {
        const turns = Array.from({ length: count }, (_, index) => takeTurn(index, share));
        const indexesOf = (kept: boolean) =>
          turns.filter((turn) => turn.kept === kept).map(({ index }) => index);
        expect(indexesOf(true)).toEqual(indexesOf(true).map((_, index) => index));
        expect(indexesOf(false)).toEqual(indexesOf(false).map((_, index) => index));
        expect(indexesOf(true)).toHaveLength(Math.floor(count * share));
      },
    );
    expect(() => fc.assert(property)).not.toThrow();
  });
});
