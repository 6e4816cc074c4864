import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { until } from '../support/composed/talk.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      experiments['pod-failure'] = {
        ...experiments['pod-failure'],
        hypothesis: {
          title: 'Predictions survive',
          tolerances: ['availability >= 50%'],
          leastCoverage: '50%',
        },
        guards: { lostSight: '2m' },
        recovery: '20s',
      };
    },
  });
});
afterAll(() => bot.close());

test('a service that was good again at some time while the bot was away has not held', async () => {
  const runId = await bot.startRun();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  await until('the fault', () => bot.failed.size > 0);
  await until('its end', () => bot.failed.size === 0);
  bot.scoring.refuse('POST', 'break');
  await delay(4_000);
  await bot.restart(async () => {
    await delay(43_000);
    bot.scoring.heal();
  });
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 150_000);
  expect(text).toContain('Inconclusive');
  expect(text).toMatch(/within 20s of the end of the fault was not seen/);
});
