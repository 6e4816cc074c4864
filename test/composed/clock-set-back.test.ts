import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterEach(() => {
  jest.restoreAllMocks();
  bot.scoring.heal();
});
afterAll(() => bot.close());

/** Sets the clock of the bot's machine back, as far as its process sees it. */
function setBack(byMs: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() - byMs);
}

test.each([
  ['all is well', () => undefined],
  ['all is lost', () => bot.scoring.refuse('POST', { status: 503 })],
])('a run in which the clock was set back decides nothing: %s', async (_how, meanwhile) => {
  const runId = await bot.startRun();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  meanwhile();
  setBack(20_000);
  while (bot.failed.size > 0) await delay(20);
  bot.scoring.heal();
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 180_000);
  expect(summary.text).toContain('Inconclusive');
  expect(summary.text).toContain('the clock was set');
  expect(bot.azure.find(/POST .*\/cancel/)).toHaveLength(0);
});
