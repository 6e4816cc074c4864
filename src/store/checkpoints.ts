import type { Kysely } from 'kysely';
import { ChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import type { Checkpoint, CheckpointStore } from '../runs/ports/checkpoint-store.ts';
import { requireNewest } from './claims.ts';
import type { Tables } from './database.ts';
import { limitIdleness } from './decisions-lock.ts';
import { createSeal } from './seal.ts';
import { withStoreErrors } from './store-error.ts';

export type CheckpointOptions = {
  readonly sql: Kysely<Tables>;
  /** Seals checkpoints; the same for every replica, and not kept in the database. */
  readonly sealKey: string | Buffer;
};

/**
 * What was measured so far in a phase. It is replaced all the time and so is not part of the journal; the seal keeps whoever can write
 * to the database from changing what a verdict rests on.
 */
export function createCheckpoints({ sql, sealKey }: CheckpointOptions): CheckpointStore {
  const seal = createSeal('checkpoint', sealKey);
  return {
    save: (runId, checkpoint, claim) =>
      withStoreErrors(async () => {
        const text = JSON.stringify(checkpoint);
        const row = { run_id: runId, checkpoint: text, seal: seal.make(`${runId} ${text}`) };
        if (!claim) return save(row, sql);
        await sql.transaction().execute(async (transaction) => {
          await limitIdleness(transaction);
          await requireNewest(claim, transaction);
          await save(row, transaction);
        });
      }),
    find: (runId) =>
      withStoreErrors(async () => {
        const row = await sql
          .selectFrom('checkpoints')
          .select(['checkpoint', 'seal'])
          .where('run_id', '=', runId)
          .executeTakeFirst();
        if (!row) return undefined;
        if (!seal.fits(row.seal, `${runId} ${row.checkpoint}`)) throw toBrokenSeal(runId);
        return JSON.parse(row.checkpoint) as Checkpoint;
      }),
  };
}

async function save(row: Tables['checkpoints'], sql: Kysely<Tables>): Promise<void> {
  const { run_id: _runId, ...values } = row;
  await sql
    .insertInto('checkpoints')
    .values(row)
    .onConflict((conflict) => conflict.column('run_id').doUpdateSet(values))
    .execute();
}

function toBrokenSeal(runId: RunId): ChaosError {
  return new ChaosError(
    'record-altered',
    `What run ${runId} had measured before the restart can't be trusted: its checkpoint was changed, or sealed with another key.`,
    {
      suggestion:
        'Set REPORT_LINK_KEY to the same value for every replica. If it is, somebody changed the database: ' +
        'run `npm run audit -- verify`. Propose the experiment again.',
    },
  );
}
