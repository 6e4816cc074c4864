import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { RunId } from '../../src/domain/ids.ts';
import { toStoreProblem } from '../../src/start-up-error.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { serverDatabase } from '../support/databases.ts';
import { sampleProposed, sha256 } from '../support/proposal.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => Date.now() };
const database = serverDatabase();
let databaseUrl: string;
let dataDir: string;
let store: Store;
let admin: Client;

beforeAll(async () => {
  ({ dataDir, databaseUrl = '' } = (await database.start()) as Required<
    Awaited<ReturnType<typeof database.start>>
  >);
  store = await openStore({ dataDir, databaseUrl, clock, sha256, log: silent });
  const url = new URL(databaseUrl);
  url.pathname = '/postgres';
  admin = new Client(url.href);
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await store.close();
  await database.stop();
});

/** Each connection from now on is to a server that takes no writes, as to a standby after a failover; those that are open end. */
async function failOver(): Promise<void> {
  await admin.query('alter database chaos set default_transaction_read_only = on');
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'chaos'",
  );
}

const propose = (id: string) => store.runs.create(id as RunId, sampleProposed());

test('a server that takes no writes counts as away until connections reach one that does', async () => {
  await failOver();
  // Queries that find their connection ended tell nothing yet.
  let refusal: unknown;
  while (!inspect(refusal).includes('25006')) {
    refusal = await propose('r-000001').catch((error: unknown) => error);
    await delay(50);
  }
  expect(refusal).toMatchObject({ code: 'store-unavailable', cause: { code: '25006' } });
  const opened = openStore({ dataDir, databaseUrl, clock, sha256, log: silent });
  const error: unknown = await opened.catch((thrown: unknown) => thrown);
  expect(toStoreProblem(error, databaseUrl)?.logged).toMatch(/takes no writes/);

  // The address leads to the new primary, and no connection to the old one breaks.
  await admin.query('alter database chaos reset default_transaction_read_only');
  const attempts: string[] = [];
  while (!attempts.includes('written') && attempts.length < 20) {
    attempts.push(
      await propose('r-000002').then(
        () => 'written',
        () => 'refused',
      ),
    );
    await delay(100);
  }
  expect(attempts.at(-1)).toBe('written');
});
