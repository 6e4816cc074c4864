import { expect, test } from '@jest/globals';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { printRepeat } from '../../src/domain/repeat-command.ts';
import { beginOf, conductTwice, deleted, first, type Staging } from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
const faultMs = 60_000;
const overrides = {
  recoveryLimitMs: 300_000,
  guards: [{ kind: 'lost-sight', afterMs: 300_000 } as const],
  hypothesis: { title: 'Predictions survive', tolerances: [tolerance] },
};

/** A pod is killed and predictions fail for so long, with a bot that is away from 10 s after that until long after the fault. */
function conductUnseen(lostMs: number) {
  const staging: Staging = {
    fault: { action: 'pod-kill' },
    changes: (_stage, beganAt) => deleted(first, beganAt),
    loses: (dueAt, stage) => dueAt >= beginOf(stage) && dueAt < beginOf(stage) + lostMs,
  };
  const report: Staging['report'] = (stage, usual) => {
    const [startedAt, stoppedAt] = [beginOf(stage), beginOf(stage) + faultMs];
    if (stage.now < startedAt) return usual;
    return { ...usual, startedAt, ...(stage.now < stoppedAt ? {} : { stoppedAt }) };
  };
  const isKilled = (stage: Stage) => stage.now >= beginOf(stage) + 10_000;
  return conductTwice({ ...staging, report }, { isKilled, awayMs: 180_000 }, overrides);
}

test('losses that break the bound in the measured part only decide nothing', async () => {
  const run = (await conductUnseen(2_000)).run();
  expect(run.end).toMatchObject({
    ending: 'completed',
    verdict: 'inconclusive',
    why: expect.stringMatching(
      /^Only 1[0-9.]+% of the predictions due during the fault were measured\. They broke availability >= 95%, but it may have held if all the others were good\.$/,
    ),
  });
  expect(toNextSteps(run)).toEqual([
    `Run it again without a restart of the bot: ${printRepeat(run.proposal)}`,
  ]);
});

test('losses that break it over all that was due deviate, however little was measured', async () => {
  const { end } = (await conductUnseen(6_000)).run();
  expect(end).toMatchObject({
    verdict: 'deviated',
    why: 'During the fault, availability broke its bound.',
  });
});
