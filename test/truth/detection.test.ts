import { beforeAll, expect, test } from '@jest/globals';
import type { Guard } from '../../src/domain/guard.ts';
import { toSeen } from '../../src/guards/guard-state.ts';
import { GuardWatch } from '../../src/guards/guard-watch.ts';
import { conductRealRun, type RealRun } from '../support/truth/real-run.ts';

const ratePerSecond = 100;
const timeoutMs = 300;
const cases = (
  [
    { kind: 'consecutive-failures', count: 40 },
    { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 },
    { kind: 'budget-cap', spendMs: 500 },
  ] satisfies Guard[]
).flatMap((guard) =>
  (['refuse', 'hang'] as const).map((behaviour) => ({ guard, behaviour, kind: guard.kind })),
);

/** How many predictions in a row must be lost for a guard to trip, by its stated error. */
function findLeast(guard: Guard, mostSeconds: number): number {
  const watch = new GuardWatch({ guards: [guard], ratePerSecond, mostSeconds });
  watch.arm(0);
  for (let count = 1; count < 10_000; count += 1) {
    for (const seen of toSeen({ at: count, sent: 1, good: 0 })) watch.see(seen);
    if (watch.findTrip({ now: count, predictionsAt: count, podsAt: count })) return count;
  }
  throw new Error('It never trips.');
}

let conducted: ReadonlyMap<unknown, RealRun>;
beforeAll(async () => {
  const runs = cases.map(async (one) => {
    const real = await conductRealRun({
      ratePerSecond,
      timeoutMs,
      faultMs: 12_000,
      guards: [one.guard],
      script: ({ faultAt = NaN }) => [
        { from: faultAt + 2_000, until: faultAt + 6_000, behaviour: one.behaviour },
      ],
    });
    return [one, real] as const;
  });
  conducted = new Map(await Promise.all(runs));
}, 600_000);

test.each(cases)(
  '$kind: a total outage ($behaviour) is cancelled with the least of losses',
  (one) => {
    const real = conducted.get(one);
    const [session] = real?.sessions ?? [];
    if (!real || !session) throw new Error('not conducted');
    expect(real.run.trip?.guard).toEqual(one.guard);
    const { delivered = NaN } = real.cancel ?? {};
    const least = findLeast(one.guard, (12_000 + 120_000) / 1_000);
    // Predictions come in batches, of which the last before the cancel tripped the guard: what came before it did not suffice.
    const before = session.delivered.findLast((count) => count < delivered) ?? 0;
    const countLost = (until: number) =>
      session.results
        .slice(0, until)
        .filter((result) => result.kind === 'measured' && result.outcome !== 'good').length;
    expect(countLost(delivered)).toBeGreaterThanOrEqual(least);
    expect(countLost(before)).toBeLessThanOrEqual(1.5 * least);
  },
);
