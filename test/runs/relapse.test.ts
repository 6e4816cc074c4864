import { describe, expect, test } from '@jest/globals';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Run } from '../../src/domain/run.ts';
import { toSpending } from '../../src/domain/spending.ts';
import {
  beginOf,
  conduct,
  conductTwice,
  first,
  swapped,
  type Staging,
} from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const readyAfterMs = 30_000;
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const podsTolerance = { signal: 'pods ready', comparison: '>=', bound: 2 } as const;
const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };

/** A fault whose pod is ready 30 s after it; `loses`: which predictions fail, by the time since the fault was gone. */
async function recoverWith(loses: (sinceMs: number) => boolean) {
  const goneAt = (stage: Stage) => beginOf(stage) + faultMs;
  const stage = await conduct(
    {
      changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
      isReady: (current, index) =>
        index > 0 ||
        current.now < beginOf(current) ||
        current.now >= goneAt(current) + readyAfterMs,
      loses: (dueAt, current) => loses(dueAt - goneAt(current)),
    },
    {},
    { guards: [], hypothesis },
  );
  const { recovery } = stage.run().recovered ?? {};
  expect(recovery?.podsReadyAfterMs).toBeGreaterThanOrEqual(readyAfterMs - 100);
  return recovery?.predictionsGoodAfterMs;
}

test('a service that fails once more before its pods are ready was not good again', async () => {
  const goodAfterMs = await recoverWith((sinceMs) => sinceMs >= 8_000 && sinceMs < 25_000);
  expect(goodAfterMs).toBeGreaterThan(24_000);
  expect(goodAfterMs).toBeLessThanOrEqual(25_100);
});

test('a few scattered failures take nothing back', async () => {
  const single = [9_000, 13_000, 17_500, 21_000];
  const goodAfterMs = await recoverWith((sinceMs) =>
    single.some((at) => sinceMs >= at && sinceMs < at + 100),
  );
  expect(goodAfterMs).toBe(0);
});

describe('a service that fails once more in the last measurement', () => {
  const pods = { title: 'Pods stay', tolerances: [podsTolerance] };

  const goneAt = (stage: Stage) => beginOf(stage) + faultMs;

  /** A service that is good again 1.5 s after the fault, and whose predictions alone `loses` once more. */
  const stageOf = (loses: (sinceMs: number) => boolean): Staging => ({
    changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
    isReady: (stage, index) =>
      index > 0 || stage.now < beginOf(stage) || stage.now >= goneAt(stage) + 500,
    loses: (dueAt, stage) => {
      const sinceMs = dueAt - goneAt(stage);
      return sinceMs >= 0 && (sinceMs < 1_500 || loses(sinceMs));
    },
  });

  type Times = Pick<Proposal, 'baselineMs' | 'recoveryLimitMs'>;
  const overridesOf = (times: Times) => ({ guards: [], hypothesis: pods, ...times });

  async function relapseWith(
    loses: (sinceMs: number) => boolean,
    { baselineMs = 60_000, recoveryLimitMs = 60_000 }: Partial<Times> = {},
  ): Promise<Run> {
    const overrides = overridesOf({ baselineMs, recoveryLimitMs });
    return (await conduct(stageOf(loses), {}, overrides)).run();
  }

  test('for less than a window at its very end stays good again while pods are awaited', async () => {
    // A pod fails right before the end, and is ready 6 s later.
    const endsAfterMs = 35_000;
    const failsAfterMs = endsAfterMs - 900;
    const staging = stageOf((sinceMs) => sinceMs >= failsAfterMs && sinceMs < endsAfterMs);
    const isDown = (sinceMs: number) => sinceMs >= failsAfterMs && sinceMs < failsAfterMs + 6_000;
    const isReady = (stage: Stage, index: number) =>
      staging.isReady?.(stage, index) === true &&
      !(index === 0 && isDown(stage.now - goneAt(stage)));
    const tolerances = [{ ...tolerance, bound: 0.8 }];
    const stage = await conduct(
      { ...staging, isReady },
      {},
      {
        ...overridesOf({ baselineMs: 28_000, recoveryLimitMs: 60_000 }),
        hypothesis: { title: 'Predictions survive', tolerances },
      },
    );
    const { recovered, end } = stage.run();
    expect(recovered?.measurement.endedAt).toBe(goneAt(stage) + endsAfterMs);
    expect(recovered?.recovery.podsReadyAfterMs).toBeGreaterThan(endsAfterMs);
    expect(recovered?.recovery.predictionsGoodAfterMs).toBe(1_500);
    expect(end?.verdict).toBe('held');
  });

  test('at its very end may have been good again soon', async () => {
    const run = await relapseWith((sinceMs) => sinceMs >= 16_000, { baselineMs: 10_000 });
    expect(run.recovered?.recovery).toMatchObject({
      predictionsGoodAfterMs: null,
      predictionsUnmeasured: true,
    });
    expect(run.end?.verdict).toBe('inconclusive');
  });

  test('is good again as late where the bot is away meanwhile', async () => {
    const stage = await conductTwice(
      stageOf((sinceMs) => sinceMs >= 12_000 && sinceMs < 27_000),
      { isKilled: (current) => current.now >= goneAt(current) + 15_000, awayMs: 0 },
      overridesOf({ baselineMs: 60_000, recoveryLimitMs: 60_000 }),
    );
    const { predictionsGoodAfterMs, predictionsFailedAgain } =
      stage.run().recovered?.recovery ?? {};
    expect(predictionsGoodAfterMs).toBeGreaterThan(26_500);
    expect(predictionsGoodAfterMs).toBeLessThanOrEqual(27_100);
    expect(predictionsFailedAgain).toBe(true);
  });

  test('to the end was not good again', async () => {
    const run = await relapseWith((sinceMs) => sinceMs > 9_000);
    expect(run.recovered?.recovery.predictionsGoodAfterMs).toBeNull();
    expect(run.end).toMatchObject({
      verdict: 'deviated',
      why: 'The fault was gone, but predictions were not good again within 60s.',
    });
    expect(toSpending(run)?.lost).toBeGreaterThan(500);
  });

  test.each([
    ['in it', 60_000],
    ['after the time that it takes', 10_000],
  ])('is good again when it is so for good: %s', async (_when, baselineMs) => {
    const run = await relapseWith((sinceMs) => sinceMs >= 12_000 && sinceMs < 27_000, {
      baselineMs,
    });
    const { measurement, recovery } = run.recovered ?? {};
    expect(recovery?.predictionsGoodAfterMs).toBeGreaterThan(26_500);
    expect(recovery?.predictionsGoodAfterMs).toBeLessThanOrEqual(27_100);
    expect(measurement?.predictions.sent).toBeGreaterThan(200);
    expect(run.end?.verdict).toBe('held');
    expect(run.end?.why).toContain('once predictions were good again (after 27s)');
    expect(toSpending(run)?.lost).toBe(165);
  });

  test('is not good again within a limit that it fails beyond', async () => {
    const run = await relapseWith((sinceMs) => sinceMs >= 22_000 && sinceMs < 36_000, {
      recoveryLimitMs: 30_000,
    });
    expect(run.end).toMatchObject({
      verdict: 'deviated',
      why: expect.stringMatching(/predictions were not good again within 30s, only after 36s/),
    });
  });

  test('after the limit was good again in time', async () => {
    const run = await relapseWith((sinceMs) => sinceMs >= 31_000 && sinceMs < 50_000, {
      recoveryLimitMs: 30_000,
    });
    expect(run.recovered?.recovery.predictionsGoodAfterMs).toBe(1_500);
    expect(run.end?.verdict).toBe('held');
    expect(toSpending(run)?.lost).toBe(15);
  });
});
