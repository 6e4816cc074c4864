import type { Kysely } from 'kysely';
import { wasSetBack, type ClockReading } from '../evidence/clock-readings.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import type { Checkpoint, CheckpointStore } from '../runs/ports/checkpoint-store.ts';
import { requireNewest } from './claims.ts';
import type { Tables } from './database.ts';
import { limitIdleness } from './decisions-lock.ts';
import { readOtherClocks, thisMachine, type OtherClocks } from './other-clocks.ts';
import { createSeal } from './seal.ts';
import { withStoreErrors } from './store-error.ts';

export type CheckpointOptions = {
  readonly sql: Kysely<Tables>;
  /** Seals checkpoints; the same for every replica, and not kept in the database. */
  readonly sealKey: string | Buffer;
} & Pick<OtherClocks, 'clock'> &
  Partial<Pick<OtherClocks, 'machine'>>;

/** A checkpoint as it is kept: with what other clocks said then; absent in rows from before that was kept. */
type Kept = Checkpoint & { readonly clocks?: readonly ClockReading[] };

/**
 * What was measured so far in a phase. It is replaced all the time and so is not part of the journal; the seal keeps whoever can write
 * to the database from changing what a verdict rests on.
 */
export function createCheckpoints({
  sql,
  sealKey,
  clock,
  machine = thisMachine,
}: CheckpointOptions): CheckpointStore {
  const seal = createSeal('checkpoint', sealKey);
  const save = async (runId: RunId, checkpoint: Checkpoint, into: Kysely<Tables>) => {
    const clocks = await readOtherClocks({ clock, machine }, into);
    const text = JSON.stringify({ ...checkpoint, clocks } satisfies Kept);
    await write({ run_id: runId, checkpoint: text, seal: seal.make(`${runId} ${text}`) }, into);
  };
  return {
    save: (runId, checkpoint, claim) =>
      withStoreErrors(async () => {
        if (!claim) return save(runId, checkpoint, sql);
        await sql.transaction().execute(async (transaction) => {
          await limitIdleness(transaction);
          await requireNewest(claim, transaction);
          await save(runId, checkpoint, transaction);
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
        const { clocks = [], ...checkpoint } = JSON.parse(row.checkpoint) as Kept;
        const isSetBack = wasSetBack(clocks, await readOtherClocks({ clock, machine }, sql));
        return isSetBack ? { ...checkpoint, isClockSetBack: true } : checkpoint;
      }),
  };
}

async function write(row: Tables['checkpoints'], sql: Kysely<Tables>): Promise<void> {
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
