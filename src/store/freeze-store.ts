import type { Kysely } from 'kysely';
import { mapFreezeName, toAlteredFreeze, type Freeze } from '../domain/freeze.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { FreezeStore } from '../runs/ports/freeze-store.ts';
import type { Tables } from './database.ts';
import { lockDecisions } from './decisions-lock.ts';
import { appendFreeze, readNewestFreeze } from './freeze-chain.ts';
import { putNamesAway, putNamesBack } from './people.ts';
import { withStoreErrors } from './store-error.ts';

export type FreezeStoreOptions = { readonly sql: Kysely<Tables>; readonly sha256: Sha256 };

/** Freezes and their ends, one row for each, never rewritten. As in the journal, no name of a person stands in them. */
export function createFreezeStore({ sql, sha256 }: FreezeStoreOptions): FreezeStore {
  return {
    current: () => withStoreErrors(() => readFreeze({ sql, sha256 })),
    freeze: (asked) =>
      withStoreErrors(() =>
        sql.transaction().execute(async (transaction) => {
          await lockDecisions(transaction);
          const inForce = await readFreeze({ sql: transaction, sha256 });
          if (inForce) return inForce;
          await append('freeze', asked, { sql: transaction, sha256 });
          return asked;
        }),
      ),
    freezeLate: (asked) =>
      withStoreErrors(() =>
        sql.transaction().execute(async (transaction) => {
          await lockDecisions(transaction);
          if (await isSettled(asked, transaction)) return undefined;
          const inForce = await readFreeze({ sql: transaction, sha256 });
          if (inForce) return inForce;
          const late = { ...asked, recordedLate: true } as const;
          await append('freeze', late, { sql: transaction, sha256 });
          return late;
        }),
      ),
    unfreeze: (lifting) =>
      withStoreErrors(() =>
        sql.transaction().execute(async (transaction) => {
          await lockDecisions(transaction);
          const inForce = await readFreeze({ sql: transaction, sha256 });
          if (inForce) await append('unfreeze', lifting, { sql: transaction, sha256 });
          return inForce;
        }),
      ),
  };
}

/** Whether the freeze is recorded already, by its time, or an end of freezes is that is later. */
async function isSettled({ at }: Freeze, sql: Kysely<Tables>): Promise<boolean> {
  const found = await sql
    .selectFrom('freezes')
    .select('sequence')
    .where((row) =>
      row.or([
        row.and([row('kind', '=', 'freeze'), row('at', '=', at)]),
        row.and([row('kind', '=', 'unfreeze'), row('at', '>', at)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** When a row is gone, so is the time in it. */
const startedAt = Date.now();

/**
 * The freeze in force, read as part of the given transaction where there is one. While the newest record is not what was written,
 * everything counts as frozen: a freeze must not be lifted by a row that somebody put in or took away.
 */
export async function readFreeze(options: FreezeStoreOptions): Promise<Freeze | undefined> {
  const newest = await readNewestFreeze(options);
  if (newest === undefined) return undefined;
  if (newest.kind === 'altered') return toAlteredFreeze(startedAt);
  if (newest.event.type === 'unfreeze') return undefined;
  const [named] = await putNamesBack([newest.event.freeze], mapFreezeName, options);
  return named;
}

async function append(
  type: 'freeze' | 'unfreeze',
  freeze: Freeze,
  { sql, sha256 }: FreezeStoreOptions,
): Promise<void> {
  const kept = await putNamesAway(freeze, mapFreezeName, { sql, sha256, now: freeze.at });
  await appendFreeze({ type, freeze: kept }, { sql, sha256 });
}
