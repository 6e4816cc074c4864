import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { cancel, robin, start } from '../support/composed/long-fault.ts';
import {
  channel,
  countCancels,
  experiments,
  injectFaultIn,
  startSeveralRunsBot,
  untilShown,
} from '../support/composed/several-runs.ts';
import { startStallingProxy, type StallingProxy } from '../support/composed/stalling-proxy.ts';
import { serverDatabase } from '../support/databases.ts';

const [first] = experiments;
const database = serverDatabase();
let proxy: StallingProxy;
let bot: ComposedBot;

beforeAll(async () => {
  const { databaseUrl = '' } = await database.start();
  const url = new URL(databaseUrl);
  proxy = await startStallingProxy(Number(url.port));
  url.port = String(proxy.port);
  bot = await startSeveralRunsBot({ DATABASE_URL: url.href });
});
afterAll(async () => {
  await bot.close();
  await proxy.close();
  await database.stop();
});

const going = 'Going on with a run.';
const answers = 'The database answers: everything is started now.';

const countLogged = (message: string) => bot.logged.filter(({ msg }) => msg === message).length;

/** Resolves when something was logged `count` times. */
async function untilLogged(message: string, count: number): Promise<void> {
  while (countLogged(message) < count) await delay(50);
}

test('runs are taken up once, and stop ends faults, when a restarted bot finds no database', async () => {
  const runId = await injectFaultIn(bot, channel, first);
  const starts = bot.azure.find(start).length;
  await bot.restart(() => proxy.refuse());
  expect(countLogged(going)).toBe(0);
  proxy.flow();
  await untilLogged(answers, 1);
  expect(countLogged(going)).toBe(1);
  await bot.say('status', robin, channel);
  await bot.untilSaid(/Fault active/i);

  await bot.restart(() => proxy.refuse());
  const cancels = countCancels(bot, first);
  await bot.say('stop', robin, channel);
  await bot.azure.until(cancel, cancels + 1);
  await bot.untilSaid(/The database does not answer/);
  while (bot.failed.size > 0) await delay(50);

  proxy.flow();
  await untilLogged(answers, 2);
  await untilShown(bot, runId, /■ Stopped/);
  expect(countLogged(going)).toBe(2);
  expect(bot.azure.find(start)).toHaveLength(starts);
});
