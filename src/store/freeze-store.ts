import type { Kysely } from 'kysely';
import type { Freeze } from '../domain/freeze.ts';
import type { ToName } from '../domain/person.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { FreezeStore } from '../runs/ports.ts';
import type { Tables } from './database.ts';
import { lockDecisions } from './decisions-lock.ts';
import { fillNames, putNamesAway } from './people.ts';
import { withStoreErrors } from './store-error.ts';

export type FreezeStoreOptions = { readonly sql: Kysely<Tables>; readonly sha256: Sha256 };

/** Freezes and their ends, one row for each, never rewritten. As in the journal, no name of a person stands in them. */
export function createFreezeStore({ sql, sha256 }: FreezeStoreOptions): FreezeStore {
  return {
    current: () => withStoreErrors(() => readFreeze(sql)),
    freeze: (asked) =>
      withStoreErrors(() =>
        sql.transaction().execute(async (transaction) => {
          await lockDecisions(transaction);
          const inForce = await readFreeze(transaction);
          if (inForce) return inForce;
          await append('freeze', asked, { sql: transaction, sha256 });
          return asked;
        }),
      ),
    unfreeze: (lifting) =>
      withStoreErrors(() =>
        sql.transaction().execute(async (transaction) => {
          await lockDecisions(transaction);
          const inForce = await readFreeze(transaction);
          if (inForce) await append('unfreeze', lifting, { sql: transaction, sha256 });
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
  if (last?.kind !== 'freeze') return undefined;
  const [text = last.freeze] = await fillNames([last.freeze], sql);
  return JSON.parse(text) as Freeze;
}

async function append(
  kind: 'freeze' | 'unfreeze',
  freeze: Freeze,
  { sql, sha256 }: FreezeStoreOptions,
): Promise<void> {
  const kept = await putNamesAway(freeze, mapPuller, { sql, sha256, now: freeze.at });
  await sql
    .insertInto('freezes')
    .values({ kind, at: freeze.at, freeze: JSON.stringify(kept) })
    .execute();
}

/** A tool that froze has no id, and its name is nobody's. */
function mapPuller(freeze: Freeze, toName: ToName): Freeze {
  const { id, name } = freeze.by;
  return id ? { ...freeze, by: { ...freeze.by, name: toName({ id, name }) } } : freeze;
}
