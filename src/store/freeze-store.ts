import type { Kysely } from 'kysely';
import type { Freeze } from '../domain/freeze.ts';
import type { FreezeStore } from '../runs/ports.ts';
import type { Tables } from './database.ts';
import { lockDecisions } from './decisions-lock.ts';
import { withStoreErrors } from './store-error.ts';

/** Freezes and their ends, one row for each, never rewritten. */
export function createFreezeStore(sql: Kysely<Tables>): FreezeStore {
  return {
    current: () => withStoreErrors(() => readFreeze(sql)),
    freeze: (asked) =>
      withStoreErrors(() =>
        sql.transaction().execute(async (transaction) => {
          await lockDecisions(transaction);
          const inForce = await readFreeze(transaction);
          if (inForce) return inForce;
          await append('freeze', asked, transaction);
          return asked;
        }),
      ),
    unfreeze: (lifting) =>
      withStoreErrors(() =>
        sql.transaction().execute(async (transaction) => {
          await lockDecisions(transaction);
          const inForce = await readFreeze(transaction);
          if (inForce) await append('unfreeze', lifting, transaction);
          return inForce;
        }),
      ),
  };
}

/** The freeze in force, read as part of the given transaction where there is one. */
export async function readFreeze(sql: Kysely<Tables>): Promise<Freeze | undefined> {
  const last = await sql
    .selectFrom('freezes')
    .select(['kind', 'freeze'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.kind === 'freeze' ? (JSON.parse(last.freeze) as Freeze) : undefined;
}

async function append(
  kind: 'freeze' | 'unfreeze',
  freeze: Freeze,
  sql: Kysely<Tables>,
): Promise<void> {
  await sql
    .insertInto('freezes')
    .values({ kind, at: freeze.at, freeze: JSON.stringify(freeze) })
    .execute();
}
