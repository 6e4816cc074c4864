import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { openReport } from '../support/composed/open-report.ts';
import { changePod } from '../support/composed/world.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      Object.assign(experiments['pod-failure'] ?? {}, { recovery: '90s' });
    },
  });
});
afterAll(() => bot.close());

test('a service that fails once more while a pod is still missing was not good again', async () => {
  const runId = await bot.startRun();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  const bystander = ['diabetes-a', 'diabetes-b'].find((name) => !bot.failed.has(name)) ?? '';
  changePod(bot.store, bystander, { ready: false });
  await bot.untilSaid(new RegExp(`Fault gone, recovering[^]*${runId}`));
  await delay(8_000);
  bot.scoring.refuse('POST', { status: 500 });
  await delay(4_000);
  bot.scoring.heal();
  const healedAt = Date.now();
  await delay(8_000);
  changePod(bot.store, bystander, { ready: true });
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  const { fault, recovery } = JSON.parse(await openReport(bot, summary, 'json')) as {
    fault: { span: { until: number } };
    recovery: { predictionsGoodAfterMs: number };
  };
  const goodAt = fault.span.until + recovery.predictionsGoodAfterMs;
  expect(Math.abs(goodAt - healedAt)).toBeLessThan(1_000);
});
