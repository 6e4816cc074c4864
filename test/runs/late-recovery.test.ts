import { expect, test } from '@jest/globals';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { conduct, conductWithRestart } from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const limitMs = 20_000;
const patient = [{ kind: 'lost-sight', afterMs: 300_000 } as const];
const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };

const overrides = { guards: patient, hypothesis, recoveryLimitMs: limitMs };
/** A service that is out for so long after its fault. */
const outFor = (outMs: number) => ({ faultMs, silentAfterMs: outMs, lossUnderFault: 0 });

/** Recovers such a service with a bot that is away since soon after the fault, for so long. */
function recoverUnseen(outMs: number, awayMs: number) {
  const stage = Object.assign(new Stage(overrides), outFor(outMs));
  return conductWithRestart(stage, { killAtMs: faultMs + 1_000, awayMs });
}

test('time in which the bot was away counts: whether a service was back by then was not seen', async () => {
  const { end, recovered } = await recoverUnseen(45_000, 50_000);
  const { predictionsGoodAfterMs: after, predictionsGoodNotBeforeMs: notBefore } =
    recovered?.recovery ?? {};
  expect(after).toBeGreaterThan(limitMs);
  expect(notBefore).toBeLessThan(limitMs);
  expect(end).toMatchObject({
    ending: 'completed',
    verdict: 'inconclusive',
    why: expect.stringMatching(
      /^Whether \w+ were [a-z ]+ within 20s of the end of the fault was not seen: they were between [\d.]+s and \d+s\.$/,
    ),
  });
});

test('and one that stayed healthy meanwhile has not deviated either', async () => {
  const { end } = await recoverUnseen(0, 50_000);
  expect(end?.verdict).not.toBe('deviated');
});

test('the next step asks for a recovery that is seen', async () => {
  const run = await recoverUnseen(45_000, 50_000);
  expect(toNextSteps(run)).toEqual([expect.stringContaining('so that the recovery is seen')]);
});

test('a service that is seen to be out after the limit deviates, however long the bot was away', async () => {
  const { end } = await recoverUnseen(45_000, 25_000);
  expect(end).toMatchObject({
    verdict: 'deviated',
    why: expect.stringMatching(
      /predictions were not good again within 20s, only (after|between) .*s\.$/,
    ),
  });
});

test('an absence within the limit hides nothing', async () => {
  const { end } = await recoverUnseen(5_000, 4_000);
  expect(end?.verdict).toBe('held');
});

test('a service that is good again just before the limit has recovered in time', async () => {
  const { end, recovered } = (await conduct({}, outFor(limitMs - 3_000), overrides)).run();
  expect(recovered?.recovery.predictionsGoodAfterMs).toBeLessThanOrEqual(limitMs);
  expect(end?.verdict).toBe('held');
});

test('one that is good again just after it has not', async () => {
  const { end } = (await conduct({}, outFor(limitMs + 2_000), overrides)).run();
  expect(end).toMatchObject({
    verdict: 'deviated',
    why: 'The fault was gone, but predictions were not good again within 20s.',
  });
});
