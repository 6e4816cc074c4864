import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { restorePod, startFailedExecution } from '../support/composed/failed-execution.ts';
import { hasEnded, until } from '../support/composed/talk.ts';

/** A fault is left behind, and removed by somebody while the bot is away. */
let bot: ComposedBot;
let runId: string;
let pod: string;
beforeAll(async () => {
  ({ bot, runId, pod } = await startFailedExecution());
});
afterAll(() => bot.close());

test('a bot that comes back tells once that a fault it had to leave is gone', async () => {
  await until('the end', () => hasEnded(bot, runId));
  await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  const news = new RegExp(`The fault is gone[^]*${runId}`);
  await bot.restart(() => restorePod(bot, pod));
  await bot.untilSaid(news, 30_000);
  await bot.restart();
  // It looks each five seconds.
  await delay(11_000);
  expect(bot.said().filter(({ text }) => news.test(text))).toHaveLength(1);
});
