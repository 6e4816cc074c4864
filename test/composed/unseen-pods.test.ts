import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { openReport } from '../support/composed/open-report.ts';
import { until } from '../support/composed/talk.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      Object.assign(experiments['pod-failure'] ?? {}, { guards: { lostSight: '2m' } });
    },
  });
});
afterAll(() => bot.close());

test('pods that the cluster does not show after the fault are not said to be ready again', async () => {
  const runId = await bot.startRun();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  await until('a pod that fails', () => bot.failed.size > 0);
  await delay(3_000);
  bot.kubernetes.refuse(/GET .*\/pods\?/, 'hang');
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 120_000);
  expect(summary.text).toContain('Inconclusive');
  expect(summary.text).toContain('pods were not seen again');
  const { recovery } = JSON.parse(await openReport(bot, summary, 'json')) as {
    recovery: object;
  };
  expect(recovery).toMatchObject({ podsReadyAfterMs: null, podsUnseen: true });
});
