import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PhaseMeasurement } from '../../src/domain/measurement.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Stage } from '../support/stage.ts';
import { conductRealRun, type Moments, type RealRun } from '../support/truth/real-run.ts';
import {
  countOwed,
  findUntrue,
  isDueIn,
  listMeasured,
  listPhases,
  sumOf,
} from '../support/truth/tell-truth.ts';
import { conductVirtual, lastedMs } from '../support/truth/virtual-run.ts';

/** Away from under the fault until long after it, and from between the first good prediction and a whole window of them. */
const examples: [{ lossUnderFault: number; silentAfterMs: number }, number, number][] = [
  [{ lossUnderFault: 0.02, silentAfterMs: 0 }, 0.45, 60_000],
  ...[0.7, 0.71, 0.72, 0.73, 0.74, 0.75].map((share): (typeof examples)[number] => [
    { lossUnderFault: 0, silentAfterMs: 12_000 },
    share,
    60_000,
  ]),
];

/** How many seconds were measured by both of two runs. */
let compared = 0;

describe('a restart at any time of a run', () => {
  test('leaves the same facts wherever both saw, and says what nobody did', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          lossUnderFault: fc.constantFrom(0, 0.02, 0.3, 1),
          silentAfterMs: fc.constantFrom(0, 3_000, 12_000),
        }),
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.integer({ min: 2_000, max: 180_000 }),
        async (service, share, awayMs) => {
          const whole = await conductVirtual({ ...service, leastCoverage: 0 });
          const afterMs = lastedMs(whole.run()) * share;
          const halved = await conductVirtual({
            ...service,
            leastCoverage: 0,
            kill: { afterMs, awayMs },
          });
          expect(halved.run().end).toMatchObject({ ending: 'completed' });
          expectSameFacts(halved, whole);
          expectRecoveryBounds(halved);
        },
      ),
      { numRuns: 40, seed: 20_261_126, examples },
    );
    expect(compared).toBeGreaterThan(1_000);
  }, 600_000);
});

/** What both runs measured of a second is equal: the world of the stage is the same at the same time, as long as the phases are. */
function expectSameFacts(halved: Stage, whole: Stage): void {
  for (const { name, measurement } of listPhases(halved.run())) {
    const { startedAt, endedAt, predictions } = measurement;
    const dueMs = 100;
    const gaps = predictions.gaps ?? [];
    // One at each end of the span, and one where a gap ends between two.
    const off = Math.abs(sumOf(predictions) - (endedAt - startedAt) / dueMs);
    expect([name, off, off < 2 + gaps.length]).toEqual([name, off, true]);
    const inGaps = gaps.reduce((sum, gap) => sum + gap.due, 0);
    const unmeasured = Object.values(predictions.unmeasured ?? {});
    expect([name, inGaps]).toEqual([name, unmeasured.reduce((sum, count) => sum + count, 0)]);
    for (const { reason } of gaps) expect(reason).toBe('restart');
  }
  const expected = new Map(listSeconds(whole.run()).map((second) => [second.at, second]));
  for (const second of listSeconds(halved.run())) {
    const other = expected.get(second.at);
    const isShared = second.unmeasured === undefined && other?.sent === second.sent;
    if (!isShared || !isSameWorld(second.at, halved, whole)) continue;
    compared += 1;
    expect(second).toEqual(other);
  }
}

const listSeconds = (run: Run) =>
  listPhases(run).flatMap(({ measurement }: { measurement: PhaseMeasurement }) =>
    measurement.seconds.slice(0, -1),
  );

/** Whether the fault had begun at the same time in both. */
function isSameWorld(at: number, halved: Stage, whole: Stage): boolean {
  const [one, other] = [halved.executions[0]?.startedAt, whole.executions[0]?.startedAt];
  return one === other || at < Math.min(one ?? Infinity, other ?? Infinity);
}

/** Whether the recovery that is stated leaves room for the true one. */
function expectRecoveryBounds(stage: Stage): void {
  const { recovered, faultEndedAt = NaN } = stage.run();
  const [{ startedAt } = { startedAt: NaN }] = stage.executions;
  const readyAt = startedAt + stage.preparingMs + stage.faultMs;
  const truePodsMs = Math.max(0, readyAt - faultEndedAt);
  const trueMs = Math.max(0, readyAt + stage.silentAfterMs - faultEndedAt);
  const { recovery } = recovered ?? {};
  const { predictionsGoodAfterMs, predictionsGoodNotBeforeMs } = recovery ?? {};
  const leastMs = predictionsGoodNotBeforeMs ?? predictionsGoodAfterMs;
  expect(leastMs).toBeLessThanOrEqual(trueMs + 100);
  expect(leastMs).toBeGreaterThanOrEqual(findLastSilent(stage.run()) - faultEndedAt);
  expect(predictionsGoodAfterMs).toBeGreaterThanOrEqual(trueMs - 100);
  const { podsReadyNotBeforeMs, podsReadyAfterMs } = recovery ?? {};
  expect(podsReadyNotBeforeMs ?? podsReadyAfterMs).toBeLessThanOrEqual(truePodsMs + 2_000);
  expect(podsReadyAfterMs).toBeGreaterThanOrEqual(truePodsMs);
}

/** The last second in which nothing was answered before nobody looked, ms since the epoch. */
function findLastSilent(run: Run): number {
  const seconds = listSeconds(run);
  const gapAt = seconds.find(({ unmeasured = 0 }) => unmeasured > 0)?.at ?? Infinity;
  const silent = seconds.filter(({ at, good, sent }) => at < gapAt && sent > 0 && good === 0);
  return silent.at(-1)?.at ?? -Infinity;
}

type Kill = { readonly name: string; readonly at: (moments: Moments) => number | undefined };

const awayMs = 4_000;
const kills: readonly Kill[] = [
  { name: 'in the baseline', at: ({ baselineAt }) => baselineAt + 3_700 },
  { name: 'while the fault is prepared', at: ({ faultAt }) => faultAt && faultAt - 1_300 },
  { name: 'under the fault', at: ({ faultAt }) => faultAt && faultAt + 2_900 },
  { name: 'until after the fault', at: ({ faultEndsAt }) => faultEndsAt && faultEndsAt - 1_700 },
  { name: 'while waiting', at: ({ faultEndsAt }) => faultEndsAt && faultEndsAt + 3_100 },
  { name: 'in the last measurement', at: ({ faultEndsAt }) => faultEndsAt && faultEndsAt + 9_300 },
];

describe('a real process that is killed', () => {
  /** All at once: each takes as long as it takes. */
  let conducted: ReadonlyMap<string, RealRun>;
  beforeAll(async () => {
    const runs = kills.map(async ({ name, at }) => {
      const real = await conductRealRun({
        ratePerSecond: 50,
        baselineMs: 7_000,
        faultMs: 10_000,
        kill: { at, awayMs },
        script: ({ faultAt = NaN, faultEndsAt = NaN }) => [
          { from: faultAt, until: faultEndsAt + 1_000, behaviour: { mix } },
        ],
      });
      return [name, real] as const;
    });
    conducted = new Map(await Promise.all(runs));
  }, 600_000);
  const mix = [{ share: 0.3, behaviour: { status: 503 } }] as const;

  test.each(kills)('$name: what it measured is true, and the rest is a gap', ({ name }) => {
    const real = conducted.get(name);
    if (!real) throw new Error('not conducted');
    expect(real.run.end).toMatchObject({ ending: 'completed' });
    expect(findUntrue(real)).toEqual([]);
    const { killedAt = NaN } = real;
    const phases = listPhases(real.run);
    let restarts = 0;
    for (const { name: phase, measurement } of phases) {
      const { startedAt: from, endedAt: until, predictions } = measurement;
      const { sent, good, unmeasured = {}, gaps = [] } = predictions;
      // A process takes along what it had not kept yet, and no more than that.
      const due = listMeasured(real).filter(isDueIn({ from, until }));
      const away = gaps.filter(({ reason }) => reason === 'restart');
      const kept = due.filter((each) => !away.some((gap) => isDueIn(gap)(each)));
      expect([phase, sent]).toEqual([phase, kept.length]);
      expect([phase, good]).toEqual([
        phase,
        kept.filter(({ outcome }) => outcome === 'good').length,
      ]);
      restarts += unmeasured.restart ?? 0;
      for (const gap of away) {
        expect(gap.from).toBeLessThanOrEqual(killedAt + awayMs);
        expect(gap.until).toBeGreaterThan(killedAt);
      }
    }
    const missedMs = phases.reduce((sum, { measurement: { startedAt, endedAt } }) => {
      const overlap = Math.min(endedAt, killedAt + awayMs) - Math.max(startedAt, killedAt);
      return sum + Math.max(0, overlap);
    }, 0);
    expect(restarts).toBeGreaterThanOrEqual(Math.floor((missedMs / 1_000) * 50) - 2);
    const [, second] = real.sessions;
    expect(second && countOwed(second, { from: 0, until: Date.now() })).toBeGreaterThan(0);
  });
});
