import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { propose } from '../support/composed/long-fault.ts';

/** Fifty good predictions can't show 99%, and the drop guard knows how long bursts of failures are. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      const declared = { from: '95%', to: '50%', falseAlarms: '1%' };
      Object.assign(experiments['pod-failure'] ?? {}, {
        hypothesis: {
          title: 'Predictions survive',
          tolerances: ['availability >= 99%'],
          leastCoverage: '50%',
        },
        guards: { lostSight: '6s', availabilityDrop: { ...declared, burst: '1s' } },
      });
      experiments['undeclared'] = {
        ...experiments['pod-failure'],
        guards: { lostSight: '6s', availabilityDrop: declared },
      };
    },
  });
});
afterAll(() => bot.close());

test('a proposal says what its drop guard assumes, and what that costs', async () => {
  await propose(bot);
  const { text } = await bot.untilSaid(/Waiting for approval/);
  expect(text).toMatch(
    /false alarms in at most 1% of runs if bursts of failures last 1s on average; a total outage is ended after some [6-9]s/,
  );
  await bot.say('run undeclared');
  await bot.untilSaid(
    /only where failures are independent of each other; unknown where they come in bursts/,
  );
});

test('a baseline that cannot tell injects nothing, and offers the one that can', async () => {
  const runId = await bot.startRun();
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(text).toContain('Baseline undecided, nothing injected');
  expect(text).toMatch(
    /The baseline was too short\. availability >= 99% could not be decided before the fault: .* It is 80% sure to be decided after .* Nothing was injected\./,
  );
  expect(text).toMatch(/Measure longer: run pod-failure .*baseline=\d+(s|m)/);
  expect(text).not.toContain('not steady');
  expect(bot.azure.find(/POST .*\/start\?/)).toHaveLength(0);
  expect(bot.failed.size).toBe(0);
});
