import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { prepareDatabase } from '../lab/processes/prepared-database.ts';
import { compose } from '../src/compose.ts';
import { loadConfig } from '../src/config.ts';
import type { RunId } from '../src/domain/ids.ts';
import { openStore } from '../src/store/open-store.ts';
import { startAzurite, type Azurite } from './support/azurite.ts';
import { sampleProposed, sha256, startOfTime } from './support/proposal.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
let azurite: Azurite;
let dataDir: string;

beforeAll(async () => {
  azurite = await startAzurite();
  dataDir = await mkdtemp(join(tmpdir(), 'compose-'));
  await prepareDatabase(dataDir);
  const clock = { now: () => startOfTime, sleep: () => Promise.resolve() };
  const store = await openStore({ dataDir, clock, sha256, log: silent });
  await store.runs.create('r-000001' as RunId, sampleProposed());
  await store.close();
});
afterAll(async () => {
  await azurite.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** What /readyz says of the copy: undefined when it is well. */
async function readProblem(url: string): Promise<string | undefined> {
  const answer = (await fetch(`${url}/readyz?strict`).then((response) => response.json())) as {
    notReady?: { name: string; detail: string }[];
  };
  return answer.notReady?.find(({ name }) => name === 'journal copy')?.detail;
}

test('the bot copies its journal to the container that the environment names, and is not ready when another journal is there', async () => {
  const container = await azurite.createContainer('journal');
  const config = loadConfig({
    BOT_AUTH: 'off',
    PORT: '0',
    DATA_DIR: dataDir,
    AZURE_SUBSCRIPTION_ID: '5b1c0000-0000-4000-8000-000000000001',
    AZURE_RESOURCE_GROUP: 'chaos',
    AZURE_RESOURCE_MANAGER_URL: 'https://127.0.0.1:1',
    SCORING_URI: 'http://127.0.0.1:1/score',
    SCORING_KEY: 'sesame',
    JOURNAL_CONTAINER_URL: azurite.urlOf('journal'),
  });
  const names = async () => {
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat()) found.push(name);
    return found;
  };
  const bot = await compose(config, pino({ level: 'silent' }));
  // The proposal, and its expiry, which is long due.
  const expected = ['000000000001.json', '000000000002.json', '000000000003.json'];
  try {
    while ((await names()).length < expected.length) await delay(100);
    expect(await names()).toEqual(expected);
    expect(await readProblem(bot.url)).toBeUndefined();
  } finally {
    await bot.close();
  }
  await container.getBlockBlobClient(expected[2] ?? '').upload('rewritten', 9);
  const again = await compose(config, pino({ level: 'silent' }));
  try {
    while ((await readProblem(again.url)) === undefined) await delay(1_000);
    expect(await readProblem(again.url)).toMatch(/anchor 3: the copy has the entry otherwise/);
  } finally {
    await again.close();
  }
});
