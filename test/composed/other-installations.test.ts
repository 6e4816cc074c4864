import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { robin } from '../support/composed/long-fault.ts';
import {
  channel,
  countCancels,
  experiments,
  injectFaultIn,
  otherChannel,
  startSeveralRunsBot,
  toCancelOf,
  untilShown,
} from '../support/composed/several-runs.ts';
import { startStallingProxy, type StallingProxy } from '../support/composed/stalling-proxy.ts';
import { serverDatabase } from '../support/databases.ts';

const [first, second] = experiments;
const database = serverDatabase();
let proxy: StallingProxy;
let bot: ComposedBot;
/** Another installation in the same resource group. */
let other: ComposedBot;

beforeAll(async () => {
  const { databaseUrl = '' } = await database.start();
  const url = new URL(databaseUrl);
  proxy = await startStallingProxy(Number(url.port));
  url.port = String(proxy.port);
  bot = await startSeveralRunsBot({ DATABASE_URL: url.href });
  other = await startSeveralRunsBot({}, bot);
});
afterAll(async () => {
  proxy.flow();
  await other.close();
  await bot.close();
  await proxy.close();
  await database.stop();
});

test('a stop without the database, right after a restart, ends the faults of this installation alone and says so', async () => {
  const own = await injectFaultIn(bot, channel, first);
  const foreign = await injectFaultIn(other, otherChannel, second);
  await bot.restart(() => proxy.refuse());
  const cancels = countCancels(bot, first);

  await bot.say('stop', robin, channel);
  const { text } = await bot.untilSaid(/The database does not answer/);
  expect(text).toContain(`chaos-marshal-${first}-diabetes`);
  expect(text).toContain(
    'Left alone: 1 experiment of other Chaos Marshal installations in the resource group.',
  );
  await bot.azure.until(toCancelOf(first), cancels + 1);
  expect(countCancels(bot, second)).toBe(0);
  await untilShown(other, foreign, /Fault active/);

  proxy.flow();
  await untilShown(bot, own, /■ Stopped/);
  await bot.say(`audit ${own}`, robin, channel);
  await bot.untilSaid(/stop-requested[^]*by Robin Vale, recorded late/);
  await other.say('stop', robin, otherChannel);
  await untilShown(other, foreign, /■ Stopped/);
  expect(countCancels(bot, second)).toBe(1);
}, 400_000);
