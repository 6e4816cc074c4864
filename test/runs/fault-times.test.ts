import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { ExecutionReport } from '../../src/domain/run-event.ts';
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
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const overrides = {
  guards: [{ kind: 'lost-sight', afterMs: 600_000 } as const],
  hypothesis: { title: 'Predictions survive', tolerances: [tolerance] },
};
const since = (stage: Stage, at: number) => at - beginOf(stage);
const lostIn =
  (...[fromMs, untilMs]: readonly [number, number]): Staging['loses'] =>
  (dueAt, stage) =>
    since(stage, dueAt) >= fromMs && since(stage, dueAt) < untilMs;

/** Azure, which does not answer in this time, and tells when the fault began and ended if it is to. */
const silentIn =
  (fromMs: number, untilMs: number, { tellsTimes = true } = {}): Staging['report'] =>
  (stage: Stage, usual: ExecutionReport) => {
    const sinceMs = since(stage, stage.now);
    if (sinceMs >= fromMs && sinceMs < untilMs)
      throw new ChaosError('azure-unreachable', 'Azure does not answer.', { suggestion: 'Wait.' });
    if (!tellsTimes || sinceMs < 0) return usual;
    const startedAt = beginOf(stage);
    return {
      ...usual,
      startedAt,
      ...(sinceMs >= faultMs ? { stoppedAt: startedAt + faultMs } : {}),
    };
  };

/** Pods, which nobody sees from the one time to the other: what happened meanwhile is found at the end of that. They carry the fault for so long. */
const unseenIn = (fromMs: number, untilMs: number, carriedMs = faultMs): Staging => ({
  changes: (_stage, beganAt) =>
    swapped(first, beganAt, carriedMs).map((change) => {
      const sinceMs = change.at - beganAt;
      return sinceMs < fromMs || sinceMs >= untilMs
        ? change
        : { ...change, at: beganAt + untilMs, unseenSince: beganAt + fromMs };
    }),
  imageOf: (stage, index) => {
    const sinceMs = since(stage, stage.now);
    return index === 0 && sinceMs >= 0 && sinceMs < carriedMs ? pause : own;
  },
});

/** When the fault is taken to have begun and ended, ms since it really began, and what comes of it. */
function toTimes(stage: Stage) {
  const { observed, end } = stage.run();
  const { startedAt = NaN, endedAt = NaN, predictions } = observed?.measurement ?? {};
  return {
    from: since(stage, startedAt),
    until: since(stage, endedAt),
    lost: (predictions?.sent ?? NaN) - (predictions?.good ?? NaN),
    verdict: end?.verdict,
  };
}

describe('the end of a fault that was found late', () => {
  const found = unseenIn(58_000, 118_000);

  test.each([
    [1_000, 5_000, { lost: 40, verdict: 'deviated' }],
    [75_000, 84_000, { lost: 0, verdict: 'held' }],
  ])('is that of Azure’s record: lost from %d to %d', async (fromMs, untilMs, expected) => {
    const staging = { ...found, report: silentIn(50_000, 110_000), loses: lostIn(fromMs, untilMs) };
    const times = toTimes(await conduct(staging, {}, overrides));
    expect(times).toMatchObject({ from: 0, until: faultMs, ...expected });
  });

  test.each([
    [0, 0, 'held'],
    [75_000, 84_000, 'inconclusive'],
    [20_000, 40_000, 'deviated'],
  ])(
    'without one, is any time at which nobody looked: lost from %d to %d',
    async (fromMs, untilMs, verdict) => {
      const report = silentIn(50_000, 110_000, { tellsTimes: false });
      const staging = { ...found, report, loses: lostIn(fromMs, untilMs) };
      expect(toTimes(await conduct(staging, {}, overrides))).toMatchObject({
        until: faultMs,
        verdict,
      });
    },
  );
});

test('the end of a fault that was found late is that of Chaos Mesh’s record', async () => {
  const report = silentIn(50_000, 110_000, { tellsTimes: false });
  const records: Staging['records'] = (beganAt) => {
    const times = { injectedAt: beganAt, recoveredAt: beganAt + faultMs };
    return [
      {
        uid: 'record',
        name: 'podchaos-1',
        createdAt: beganAt - 1_000,
        action: 'pod-failure',
        labels: sampleProposal().service.selector,
        pods: [{ namespace: 'default', pod: first?.name ?? '', ...times }],
      },
    ];
  };
  const staging = { ...unseenIn(58_000, 118_000), report, records, loses: lostIn(1_000, 5_000) };
  const stage = await conduct(staging, {}, overrides);
  expect(toTimes(stage)).toMatchObject({ from: 0, until: faultMs, verdict: 'deviated' });
  expect(stage.run().faultEndedBetween).toBeUndefined();
});

test('the end of a fault that pods carry for longer than Azure says is any time until they were found rid of it', async () => {
  const found = unseenIn(70_000, 85_000, 80_000);
  // The last view of it stays.
  const { imageOf } = unseenIn(0, 0, 85_000);
  const staging: Staging = { ...found, imageOf, report: silentIn(0, 0) };
  const stage = await conduct({ ...staging, loses: lostIn(72_000, 82_000) }, {}, overrides);
  expect(since(stage, stage.run().faultEndedBetween?.from ?? NaN)).toBe(70_000);
  expect(since(stage, stage.run().faultEndedBetween?.until ?? NaN)).toBe(85_000);
  const { tolerances } = stage.run().observed?.judgement ?? {};
  expect(tolerances).toMatchObject([{ finding: 'inconclusive', undecided: 'misdated' }]);
});

describe('the beginning of a fault that was found late', () => {
  const report = silentIn(-2_000, 30_000, { tellsTimes: false });

  test('holds nothing that it may have broken before', async () => {
    const staging = { ...unseenIn(-1_000, 19_000), report, loses: lostIn(5_000, 15_000) };
    const times = toTimes(await conduct(staging, {}, overrides));
    expect(times).toMatchObject({ lost: 100, verdict: 'inconclusive' });
    expect(times.from).toBeLessThanOrEqual(0);
  });

  test('may lie before Azure stops saying that it prepares', async () => {
    const staging: Staging = {
      ...unseenIn(-5_000, 15_000),
      report: (stage, usual) =>
        since(stage, stage.now) < 7_000
          ? { ...usual, state: 'preparing', status: 'PreProcessing' }
          : usual,
    };
    const stage = await conduct({ ...staging, loses: lostIn(0, 6_000) }, {}, overrides);
    expect(toTimes(stage)).toMatchObject({ lost: 60, verdict: 'inconclusive' });
  });

  test('leaves a gap where the bot was away', async () => {
    const isKilled = (stage: Stage) => since(stage, stage.now) >= 100;
    const stage = await conductTwice({ report }, { isKilled, awayMs: 25_000 }, overrides);
    const { unmeasured } = stage.run().observed?.measurement.predictions ?? {};
    expect(unmeasured?.restart).toBeGreaterThan(240);
    expect(stage.run().end?.verdict).toBe('inconclusive');
  });
});

test('a bot that was away before it was told of the end has not seen a slow recovery', async () => {
  const isKilled = (stage: Stage) => since(stage, stage.now) >= 100_000;
  const stage = await conductTwice(
    { report: silentIn(50_000, 200_000) },
    { isKilled, awayMs: 20_000 },
    { ...overrides, recoveryLimitMs: 20_000 },
  );
  const { predictionsGoodNotBeforeMs, podsReadyAfterMs, podsReadyNotBeforeMs } =
    stage.run().recovered?.recovery ?? {};
  expect(predictionsGoodNotBeforeMs).toBe(0);
  expect(podsReadyNotBeforeMs ?? 0).toBeLessThanOrEqual(podsReadyAfterMs ?? NaN);
  expect(stage.run().end?.verdict).toBe('inconclusive');
});
