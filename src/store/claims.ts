import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { sql as raw, type Kysely, type Transaction } from 'kysely';
import { claimLost } from '../domain/claim-lost.ts';
import type { Claim, ClaimStore } from '../runs/ports/claim-store.ts';
import type { Tables } from './database.ts';
import { withStoreErrors } from './store-error.ts';

export type ClaimOptions = { readonly sql: Kysely<Tables>; readonly clock: { now(): number } };

/** Creates the store of claims. Who holds one is only told to people who look into the database. */
export function createClaims({ sql, clock }: ClaimOptions): ClaimStore {
  const holder = `${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`;
  return {
    take: (runId) =>
      withStoreErrors(async () => {
        const taken = { holder, claimed_at: clock.now() };
        const { epoch } = await sql
          .insertInto('claims')
          .values({ run_id: runId, epoch: 1, ...taken })
          .onConflict((conflict) =>
            conflict.column('run_id').doUpdateSet({ epoch: raw`claims.epoch + 1`, ...taken }),
          )
          .returning('epoch')
          .executeTakeFirstOrThrow();
        return { runId, epoch };
      }),
    isNewest: (claim) =>
      withStoreErrors(async () => {
        const newest = await sql
          .selectFrom('claims')
          .select('epoch')
          .where('run_id', '=', claim.runId)
          .executeTakeFirst();
        return newest?.epoch === claim.epoch;
      }),
  };
}

/** Rejects with `claim-lost` unless the claim is the newest, and keeps it the newest until the transaction ends: whoever takes the run over waits for it. */
export async function requireNewest(
  { runId, epoch }: Claim,
  transaction: Transaction<Tables>,
): Promise<void> {
  const newest = await transaction
    .selectFrom('claims')
    .select('epoch')
    .where('run_id', '=', runId)
    .forShare()
    .executeTakeFirst();
  if (newest?.epoch !== epoch) throw claimLost(runId);
}
