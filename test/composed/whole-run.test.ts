import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { alex, tenantId } from '../support/composed/teams.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterAll(() => bot.close());

test('a run is proposed, approved, injected, observed and summarized by the bot as it is wired', async () => {
  const runId = await bot.startRun();
  await bot.azure.until(/POST .*\/start\?/);
  const summary = await bot.untilSaid(/Held/, 90_000);
  expect(summary.text).toContain(runId);
  expect(bot.azure.find(/POST .*\/start\?/)).toHaveLength(1);
  expect(bot.failed.size).toBe(0);
  expect(bot.logged.filter(({ level }) => level >= 50)).toEqual([]);
});

test('a message without a token is refused, and nothing is said where it came from', async () => {
  const conversation = { id: '19:elsewhere@thread.tacv2', tenantId, conversationType: 'channel' };
  const help = bot.activity(alex, { text: 'help', conversation });
  expect((await bot.deliver(help, null)).status).toBe(401);
  expect((await bot.deliver(help)).status).toBe(200);
  await bot.connector.until('19%3Aelsewhere');
  expect(bot.connector.find('19%3Aelsewhere')).toHaveLength(1);
});
