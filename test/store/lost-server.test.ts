import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { sql as raw } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { withStoreErrors } from '../../src/store/store-error.ts';
import { startStallingProxy, type StallingProxy } from '../support/composed/stalling-proxy.ts';
import { serverDatabase } from '../support/databases.ts';
import { sampleProposed, sha256 } from '../support/proposal.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const unavailable = { code: 'store-unavailable' };
const database = serverDatabase();
let options: { dataDir: string; databaseUrl: string };
let direct: string;
let proxy: StallingProxy;
let store: Store;
const conducted: string[] = [];

beforeAll(async () => {
  const { dataDir, databaseUrl = '' } = await database.start();
  direct = databaseUrl;
  const url = new URL(databaseUrl);
  proxy = await startStallingProxy(Number(url.port));
  url.port = String(proxy.port);
  options = { dataDir, databaseUrl: url.href };
  const clock = { now: () => Date.now() };
  store = await openStore({ ...options, clock, sha256, log: silent });
  await store.jobs.work((runId) => Promise.resolve(void conducted.push(runId)), {
    mostAtOnce: 2,
    onWaiting: () => Promise.resolve([]),
  });
});
afterEach(() => proxy.flow());
afterAll(async () => {
  await store.close();
  await proxy.close();
  await database.stop();
});

let count = 0;
const propose = async () => {
  const run = await store.runs.create(
    `r-${String((count += 1)).padStart(6, '0')}` as RunId,
    sampleProposed(),
  );
  if (!run) throw new Error('the id was taken');
  return run.id;
};

/** Puts a run to work; resolves when its job was taken. */
const conduct = async () => {
  const id = await propose();
  await store.runs.transact(id, () => ({ events: [], conduct: true, outcome: undefined }));
  while (!conducted.includes(id)) await delay(100);
};

/** Resolves when the database answers again. */
const untilBack = async () => {
  while (
    await store.check().then(
      () => false,
      () => true,
    )
  )
    await delay(100);
};

test('a connection that breaks between two queries of a transaction ends the transaction and not the process', async () => {
  for (let time = 0; time < 10; time += 1) {
    const opened = await openDatabase(options);
    const { sql } = opened;
    const broken = withStoreErrors(() =>
      sql.transaction().execute(async (transaction) => {
        await raw`select 1`.execute(transaction);
        proxy.sever();
        // The test fails by itself when an exception is caught by nobody.
        await delay(100);
        await raw`select 1`.execute(transaction);
      }),
    );
    await expect(broken).rejects.toMatchObject(unavailable);
    await raw`select 1`.execute(sql);
    await opened.close();
  }
  await untilBack();
  await conduct();
});

test('a server that is restarted ten times while decisions are taken is gone for a moment each time', async () => {
  const id = await propose();
  const ending = new AbortController();
  const deciding = Array.from({ length: 6 }, async () => {
    while (!ending.signal.aborted) {
      await store.runs
        .transact(id, () => ({ events: [], outcome: undefined }))
        .catch((error: unknown) => expect(error).toMatchObject(unavailable));
      await delay(5);
    }
  });
  for (let time = 0; time < 10; time += 1) {
    await database.restart();
    await untilBack();
  }
  ending.abort();
  await Promise.all(deciding);
  await conduct();
});

test('queries of a database that falls silent reject, and their connections are never used again', async () => {
  const id = await propose();
  // Every connection that the pools may have is in use, by the store and by the queue.
  const asked = Array.from({ length: 20 }, () => store.runs.find(id));
  await Promise.allSettled(asked);
  proxy.swallow();
  const unanswered = Array.from({ length: 12 }, () => store.runs.find(id));
  for (const outcome of await Promise.allSettled(unanswered))
    expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable });
  proxy.flow();
  await untilBack();
  await Promise.all(Array.from({ length: 20 }, () => store.runs.find(id)));
  await conduct();
});

test('a decision whose process vanished gives its lock back', async () => {
  const id = await propose();
  const opened = await openDatabase(options);
  const { sql } = opened;
  const vanished = sql.transaction().execute(async (transaction) => {
    await raw`select pg_advisory_xact_lock(7203917)`.execute(transaction);
    // The server hears nothing of this client any more, not even that it is gone.
    proxy.swallow();
    await raw`select 1`.execute(transaction);
  });
  await vanished.catch(() => undefined);
  await opened.close();
  proxy.flow();
  const other = await openStore({
    ...options,
    databaseUrl: direct,
    clock: { now: () => Date.now() },
    sha256,
    log: silent,
  });
  const decide = () => other.runs.transact(id, () => ({ events: [], outcome: 'decided' as const }));
  let decided = await decide().catch(() => undefined);
  while (!decided) decided = await decide().catch(() => undefined);
  expect(decided.outcome).toBe('decided');
  await other.close();
});
