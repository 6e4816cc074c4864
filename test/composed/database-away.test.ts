import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { startStallingProxy, type StallingProxy } from '../support/composed/stalling-proxy.ts';
import { serverDatabase } from '../support/databases.ts';

const database = serverDatabase();
let direct: string;
let proxied: URL;
let proxy: StallingProxy;

beforeAll(async () => {
  ({ databaseUrl: direct = '' } = await database.start());
  proxied = new URL(direct);
  proxy = await startStallingProxy(Number(proxied.port));
  proxied.port = String(proxy.port);
});
afterEach(() => proxy.flow());
afterAll(async () => {
  await proxy.close();
  await database.stop();
});

/** What was logged of the database that can't be used. */
const listWarnings = (bot: ComposedBot) =>
  bot.logged.flatMap(({ level, msg }) =>
    level === 40 && msg.startsWith('DATABASE_URL') ? [msg] : [],
  );

const countLogged = (bot: ComposedBot, message: string) =>
  bot.logged.filter(({ msg }) => msg === message).length;

/** Resolves when something was logged `count` times. */
async function untilLogged(bot: ComposedBot, message: string, count = 1): Promise<void> {
  while (countLogged(bot, message) < count) await delay(50);
}

async function readStore(bot: ComposedBot): Promise<{ status: number; detail?: string }> {
  for (;;) {
    const response = await fetch(`${bot.url}/readyz`);
    const body = (await response.json()) as {
      status: string;
      notReady: { name: string; detail: string }[];
    };
    const { detail } = body.notReady.find(({ name }) => name === 'store') ?? {};
    if (body.status !== 'unknown')
      return { status: response.status, ...(detail === undefined ? {} : { detail }) };
    await delay(100);
  }
}

const answers = 'The database answers: everything is started now.';

test('a bot without its database serves, says what is missing, and is complete once the database is there', async () => {
  proxy.refuse();
  const bot = await startComposedBot({ env: { DATABASE_URL: proxied.href } });
  try {
    const away = `DATABASE_URL: the server at ${proxied.host} does not answer.`;
    expect(await readStore(bot)).toEqual({ status: 200, detail: expect.stringContaining(away) });
    await bot.say('run pod-failure');
    const refusal = await bot.untilSaid(/The database does not answer/);
    expect(refusal.text).toMatch(/stop still works/);
    // Several attempts later it was still said once.
    await delay(4_000);
    expect(listWarnings(bot)).toEqual([expect.stringContaining(away)]);
    expect(listWarnings(bot)[0]).not.toContain('marshal:marshal');

    proxy.flow();
    await untilLogged(bot, answers);
    await bot.say('run pod-failure');
    await bot.untilSaid(/Waiting for approval/);
    while ((await readStore(bot)).detail !== undefined) await delay(500);
  } finally {
    await bot.close();
  }
});

test('a database that does not exist is named in the log, once for each new reason, until it is created', async () => {
  const url = new URL(proxied);
  url.pathname = '/later';
  const bot = await startComposedBot({ env: { DATABASE_URL: url.href } });
  try {
    const missing = expect.stringMatching(/has no database of that name.*Create the database/);
    const away = expect.stringMatching(/does not answer/);
    await delay(2_000);
    expect(listWarnings(bot)).toEqual([missing]);
    proxy.refuse();
    while (listWarnings(bot).length < 2) await delay(50);
    proxy.flow();
    while (listWarnings(bot).length < 3) await delay(50);
    expect(listWarnings(bot)).toEqual([missing, away, missing]);
    const client = new Client(direct);
    await client.connect();
    await client.query('create database later');
    await client.end();
    await untilLogged(bot, answers);
    await bot.say('run pod-failure');
    await bot.untilSaid(/Waiting for approval/);
  } finally {
    await bot.close();
  }
});
