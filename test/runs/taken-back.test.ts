import { describe, expect, test } from '@jest/globals';
import { listBackFacts } from '../../src/domain/back-facts.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { toRecoveryCurve } from '../../src/domain/recovery-curve.ts';
import type { Recovery } from '../../src/domain/run-event.ts';
import type { Run } from '../../src/domain/run.ts';
import { sampleProposal } from '../support/proposal.ts';
import {
  beginOf,
  conduct,
  conductTwice,
  first,
  own,
  pause,
  swapped,
  type Staging,
} from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const limitMs = 30_000;
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };
const goneAt = (stage: Stage) => beginOf(stage) + faultMs;

type Recovering = {
  /** How many of three pods are ready, by the time since the fault was gone, ms. */
  readonly ready?: (sinceMs: number) => number;
  /** How many pods there are; three by default. */
  readonly count?: (sinceMs: number) => number;
  /** How many the workload wants; three by default, undefined where it may not be read. */
  readonly wanted?: (sinceMs: number) => number | undefined;
  /** Whether the first pod carries the fault. */
  readonly carries?: (sinceMs: number) => boolean;
  /** What the metric gives. */
  readonly metric?: (sinceMs: number) => number;
  /** Until when predictions fail, ms after the fault. */
  readonly lostUntilMs?: number;
};

/** A run whose pod is ready again 500 ms after the fault, and whose predictions are good again 1.5 s after it. */
async function recoverWith(
  { ready, count, wanted, carries, metric, lostUntilMs = 1_500 }: Recovering,
  overrides: Partial<Proposal> = {},
): Promise<Run> {
  const sinceGone = (stage: Stage) => stage.now - goneAt(stage);
  const stage = await conduct(
    {
      changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
      isReady: (current, index) => {
        const sinceMs = sinceGone(current);
        if (sinceMs < 500) return index > 0 || current.now < beginOf(current);
        return index >= 3 - (ready?.(sinceMs) ?? 3);
      },
      isThere: (current, index) => index >= 3 - (count?.(sinceGone(current)) ?? 3),
      imageOf: (current, index) => {
        const isHit = current.faultActive || carries?.(sinceGone(current)) === true;
        return index === 0 && isHit ? pause : own;
      },
      loses: (dueAt, current) => dueAt >= goneAt(current) && dueAt < goneAt(current) + lostUntilMs,
    },
    {
      wantedPods() {
        const sinceMs = sinceGone(this as Stage);
        return wanted ? wanted(sinceMs) : 3;
      },
      readMetric() {
        return { value: metric?.(sinceGone(this as Stage)) ?? 100 };
      },
    },
    { guards: [], hypothesis, recoveryLimitMs: limitMs, ...overrides },
  );
  return stage.run();
}

describe('pods that are ready again', () => {
  test('were not, where one fails once more before the predictions are good', async () => {
    const run = await recoverWith({ ready: (sinceMs) => (sinceMs < 4_000 ? 3 : 2) });
    expect(run.recovered?.recovery.podsReadyAfterMs).toBeNull();
    expect(toRecoveryCurve(run)?.podsReadyMs).toBeNull();
    expect(run.end).toMatchObject({
      verdict: 'deviated',
      why: 'The fault was gone, but pods were not ready again within 30s.',
    });
  });

  test('were not, where one fails once more in the last measurement, within the limit', async () => {
    const run = await recoverWith({ ready: (sinceMs) => (sinceMs < 12_000 ? 3 : 2) });
    expect(run.recovered?.recovery.podsReadyAfterMs).toBeNull();
    expect(run.end).toMatchObject({
      verdict: 'deviated',
      why: expect.stringMatching(
        /^The fault was gone, but pods were ready again (after 1s|at once), failed once more and were not ready again within 30s\.$/,
      ),
    });
  });

  test.each([
    ['before the last measurement', 3_000, 5_000],
    ['in the last measurement', 10_000, 14_000],
    ['after a last measurement that is shorter than the limit', 12_000, 27_000],
  ])('are so from when they stay ready: %s', async (_when, failsMs, backMs) => {
    const run = await recoverWith(
      { ready: (sinceMs) => (sinceMs >= failsMs && sinceMs < backMs ? 2 : 3) },
      { baselineMs: 10_000 },
    );
    const { podsReadyAfterMs } = run.recovered?.recovery ?? {};
    expect(podsReadyAfterMs).toBeGreaterThanOrEqual(backMs - 100);
    expect(podsReadyAfterMs).toBeLessThanOrEqual(backMs + 1_000);
    const [pods] = listBackFacts(run.recovered?.recovery as Recovery, undefined);
    expect(pods?.failedAgain).toBe(failsMs > 5_000 ? true : undefined);
    expect(toRecoveryCurve(run)?.podsReadyMs).toBe(podsReadyAfterMs);
    expect(run.end?.verdict).toBe('held');
  });

  test('were so in time, whatever fails after the limit', async () => {
    const run = await recoverWith(
      { ready: (sinceMs) => (sinceMs < limitMs + 2_000 ? 3 : 2) },
      { baselineMs: 60_000 },
    );
    expect(run.recovered?.recovery.podsReadyAfterMs).toBeLessThanOrEqual(1_000);
  });

  test.each([
    ['before the predictions are good', 10_000],
    ['in the last measurement', 4_000],
  ])('stay so where the workload wants fewer %s', async (_when, lostUntilMs) => {
    const fewer = (sinceMs: number) => (sinceMs < 9_000 ? 3 : 2);
    const run = await recoverWith({ count: fewer, wanted: fewer, lostUntilMs });
    expect(run.recovered?.recovery.podsReadyAfterMs).toBeLessThanOrEqual(1_000);
    expect(run.end?.verdict).toBe('held');
  });

  test('may be too few where nobody knows how many the workload wants', async () => {
    const run = await recoverWith({
      count: (sinceMs) => (sinceMs < 4_000 ? 3 : 2),
      wanted: () => undefined,
    });
    expect(run.recovered?.recovery).toMatchObject({ podsReadyAfterMs: null, podsLeft: 2 });
    expect(run.end?.verdict).toBe('inconclusive');
  });
});

describe('pods that fail once more while nobody looks, within the limit or after it', () => {
  /** Nobody looks from 12 s to some 37 s after the fault, because the bot is away or the cluster is silent. */
  const away = { fromMs: 12_000, untilMs: 37_000 };
  const overrides = { guards: [], hypothesis, recoveryLimitMs: limitMs, baselineMs: 600_000 };

  async function recoverUnseen(how: 'away' | 'silent' | 'seen', backMs = Infinity): Promise<Run> {
    const since = (stage: Stage) => stage.now - goneAt(stage);
    const staging: Staging = {
      changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
      isReady: (stage, index) => {
        // What a silent cluster shows is what it showed last.
        const sinceMs = Math.min(since(stage), stage.clusterSilentFrom - goneAt(stage));
        if (sinceMs < 500) return index > 0 || stage.now < beginOf(stage);
        return index > 0 || sinceMs < 14_000 || sinceMs >= backMs;
      },
      imageOf: (stage, index) => (index === 0 && stage.faultActive ? pause : own),
      loses: () => false,
    };
    if (how === 'away') {
      const isKilled = (stage: Stage) => since(stage) >= away.fromMs;
      // A restart takes five seconds by itself.
      const awayMs = away.untilMs - away.fromMs - 5_000;
      return (await conductTwice(staging, { isKilled, awayMs }, overrides)).run();
    }
    const onTick = (stage: Stage) => {
      const isSilent = since(stage) >= away.fromMs && since(stage) < away.untilMs;
      const from = isSilent ? Math.min(stage.clusterSilentFrom, stage.now) : Infinity;
      if (how === 'silent') stage.clusterSilentFrom = from;
    };
    return (await conduct(staging, { onTick }, overrides)).run();
  }

  test.each(['away', 'silent'] as const)('leave the run undecided (%s)', async (how) => {
    const run = await recoverUnseen(how);
    expect(run.recovered?.recovery).toMatchObject({
      podsReadyAfterMs: null,
      podsFailedAgain: { readyAfterMs: expect.any(Number) },
    });
    expect(run.end).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringMatching(
        /^The fault was gone, but pods were ready again and failed once more between 1[12][.\ds]* and 3[78][.\ds]*: whether that was within 30s was not seen\.$/,
      ),
    });
  });

  test.each(['away', 'silent'] as const)(
    'may have been back in time also where they are back later (%s)',
    async (how) => {
      const { recovered, end } = await recoverUnseen(how, 50_000);
      const { podsReadyAfterMs, podsReadyNotBeforeMs } = recovered?.recovery ?? {};
      expect(podsReadyAfterMs).toBeGreaterThanOrEqual(49_900);
      expect(podsReadyNotBeforeMs).toBeLessThanOrEqual(1_500);
      expect(end).toMatchObject({
        verdict: 'inconclusive',
        why: expect.stringMatching(/^Whether pods were ready again within 30s .* was not seen/),
      });
    },
  );

  test('deviate where somebody looks', async () => {
    const run = await recoverUnseen('seen');
    expect(run.recovered?.recovery).not.toHaveProperty('podsFailedAgain');
    expect(run.end?.verdict).toBe('deviated');
  });
});

describe('a metric that is back in its bound', () => {
  const { service } = sampleProposal();
  const source = { kind: 'http', url: 'http://metrics.test/', path: '$' } as const;
  const overrides = {
    service: { ...service, metrics: [{ name: 'users', everyMs: 1_000, source }] },
    hypothesis: {
      ...hypothesis,
      tolerances: [tolerance, { signal: 'metric(users)', comparison: '>=', bound: 99 } as const],
    },
  };

  test('was not, where it is read out of it once more before all is back', async () => {
    const metric = (sinceMs: number) => (sinceMs >= 5_000 && sinceMs < 9_500 ? 0 : 100);
    const run = await recoverWith({ metric, lostUntilMs: 12_000 }, overrides);
    const { metricsGoodAfterMs, metricsGoodNotBeforeMs } = run.recovered?.recovery ?? {};
    expect(metricsGoodAfterMs).toBeGreaterThanOrEqual(9_500);
    expect(metricsGoodAfterMs).toBeLessThanOrEqual(11_000);
    expect(metricsGoodNotBeforeMs).toBeGreaterThanOrEqual(8_000);
  });

  test('was not, where it leaves it again to the end', async () => {
    const metric = (sinceMs: number) => (sinceMs >= 5_000 ? 0 : 100);
    const run = await recoverWith({ metric, lostUntilMs: 12_000 }, overrides);
    expect(run.recovered?.recovery.metricsGoodAfterMs).toBeNull();
    expect(run.end?.verdict).toBe('deviated');
  });

  test('was not, where it leaves it again in the last measurement', async () => {
    const metric = (sinceMs: number) => (sinceMs >= 12_000 && sinceMs < 20_000 ? 0 : 100);
    const run = await recoverWith({ metric }, overrides);
    const { metricsGoodAfterMs } = run.recovered?.recovery ?? {};
    expect(metricsGoodAfterMs).toBeGreaterThanOrEqual(20_000);
    expect(metricsGoodAfterMs).toBeLessThanOrEqual(21_500);
    expect(run.end?.verdict).toBe('deviated');
  });
});

describe('pods that are rid of the fault', () => {
  test.each([
    ['before the predictions are good', 4_000],
    ['in the last measurement', 12_000],
  ])('were not, where one carries it again %s', async (_when, againMs) => {
    const run = await recoverWith({
      carries: (sinceMs) => sinceMs >= againMs,
      ready: (sinceMs) => (sinceMs < againMs ? 3 : 2),
    });
    expect(run.recovered?.recovery.faultGoneAfterMs).toBeNull();
    expect(run.end).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringContaining('pods were not rid of it within 30s'),
    });
  });
});
