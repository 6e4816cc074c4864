import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { FairPGlite } from '../../src/store/fair-pglite.ts';

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fair-'));
  database = await openDatabase({ dataDir: folder });
  await sql`create table counts (count integer not null)`.execute(database.sql);
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** Returns how many turns of the event loop others got while this was done. */
async function countTurns(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  const counting = new AbortController();
  void work.finally(() => counting.abort());
  while (!counting.signal.aborted) {
    await setImmediate();
    turns += 1;
  }
  await work;
  return turns;
}

const many = 40;

test('the embedded database gives others a turn between transactions that wait for it', async () => {
  const transactions = Array.from({ length: many }, (_, index) =>
    database.sql.transaction().execute(async (transaction) => {
      await sql`insert into counts values (${index})`.execute(transaction);
      await sql`select count(*) from counts`.execute(transaction);
    }),
  );
  expect(await countTurns(Promise.all(transactions))).toBeGreaterThan(many / 2);
  const { rows } = await sql`select count from counts order by count`.execute(database.sql);
  expect(rows).toHaveLength(many);
});

test('the embedded database gives others a turn between queries that wait for it', async () => {
  const queries = Array.from({ length: many }, () =>
    sql`select count(*) from counts`.execute(database.sql),
  );
  expect(await countTurns(Promise.all(queries))).toBeGreaterThan(many / 2);
});

test('what was asked before the embedded database is closed still has its answer', async () => {
  const database = new FairPGlite();
  await database.waitReady;
  const asked = database.transaction((open) => open.query<{ one: number }>('select 1 as one'));
  const [answer] = await Promise.all([asked, database.close()]);
  expect(answer.rows).toEqual([{ one: 1 }]);
});
