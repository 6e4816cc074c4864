import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { failInAzure, pause, saysGone } from '../support/composed/failed-execution.ts';
import { injectFault, startLongFaultBot } from '../support/composed/long-fault.ts';
import { hasEnded, until } from '../support/composed/talk.ts';

let bot: ComposedBot;
let runId = '';
let pod = '';
beforeAll(async () => {
  bot = await startLongFaultBot();
  runId = await injectFault(bot);
  [pod = ''] = bot.failed;
  failInAzure(bot);
}, 120_000);
afterAll(() => bot.close());

test('a fault that nobody removes is still on at the end, and never confirmed gone', async () => {
  await until('the end', () => hasEnded(bot, runId));
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 60_000);
  expect(summary.text).toContain(`The fault is still on ${pod} (running ${pause}).`);
  expect(summary.text).toContain(`kubectl -n default delete pod ${pod}`);
  expect(summary.text).not.toMatch(/Held|Deviated/);
  expect(saysGone(bot)).toBe(false);
}, 180_000);
