import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { cancel, injectFault, robin } from '../support/composed/long-fault.ts';
import { startStallingProxy, type StallingProxy } from '../support/composed/stalling-proxy.ts';
import { serverDatabase } from '../support/databases.ts';

const database = serverDatabase();
let proxy: StallingProxy;
let bot: ComposedBot;

beforeAll(async () => {
  const { databaseUrl = '' } = await database.start();
  const url = new URL(databaseUrl);
  proxy = await startStallingProxy(Number(url.port));
  url.port = String(proxy.port);
  bot = await startComposedBot({
    env: { DATABASE_URL: url.href },
    catalogue: ({ experiments }) => {
      const guards = { lostSight: '5m' };
      Object.assign(experiments['pod-failure'] ?? {}, { duration: '45s', guards });
    },
  });
});
afterAll(async () => {
  proxy.flow();
  await bot.close();
  await proxy.close();
  await database.stop();
});

test('a run that was stopped without the database and without a disk never ends completed and held, also where Azure refuses to end its fault', async () => {
  const runId = await injectFault(bot);
  // Where the folder of intents should be.
  await writeFile(join(bot.folder, 'data', 'intents'), '');
  bot.azure.refuse(cancel, { status: 403, body: { error: { code: 'AuthorizationFailed' } } });
  proxy.refuse();
  await bot.say('stop', robin);
  await bot.azure.until(cancel);
  await bot.untilSaid(/The database does not answer[^]*Neither the database nor the bot's disk/);
  proxy.flow();

  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 240_000);
  expect(text).toContain('Stopped');
  expect(text).toContain('stopped by Robin Vale (recorded late)');
  expect(text).not.toMatch(/\bHeld\b/);
}, 400_000);
