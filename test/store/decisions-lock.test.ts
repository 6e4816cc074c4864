import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Transaction } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import { openDatabase, type Tables } from '../../src/store/database.ts';
import { lockDecisions } from '../../src/store/decisions-lock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { withStoreErrors } from '../../src/store/store-error.ts';
import { serverDatabase } from '../support/databases.ts';
import { sampleProposed, sha256 } from '../support/proposal.ts';

const clock = { now: () => Date.now() };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('a process that stands still in the middle of a decision', () => {
  const database = serverDatabase();
  let options: { dataDir: string; databaseUrl?: string };

  beforeAll(async () => {
    options = await database.start();
  });
  afterAll(() => database.stop());

  test('does not keep others from deciding', async () => {
    const store = await openStore({ ...options, clock, sha256, log });
    const other = await openDatabase(options);
    const [locked, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const decide = async (transaction: Transaction<Tables>) => {
      await lockDecisions(transaction);
      locked.resolve();
      await awake.promise;
    };
    const standing = withStoreErrors(() => other.sql.transaction().execute(decide));
    const failed = standing.catch((error: unknown) => error);
    await locked.promise;
    const propose = () =>
      store.runs.create('r-000001' as RunId, sampleProposed()).catch(() => undefined);
    let run = await propose();
    for (const giveUpAt = Date.now() + 60_000; !run && Date.now() < giveUpAt; run = await propose())
      await delay(100);
    expect(run?.phase).toBe('proposed');
    awake.resolve();
    expect(await failed).toMatchObject({ code: 'store-unavailable' });
    await other.close();
    await store.close();
  }, 120_000);
});
