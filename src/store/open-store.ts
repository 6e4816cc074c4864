import { sql as raw, type Kysely } from 'kysely';
import type { Sha256 } from '../domain/proposal.ts';
import type {
  Checkpoint,
  CheckpointStore,
  FreezeStore,
  JobQueue,
  JournalSource,
  Log,
  MessageLedger,
  NameStore,
} from '../runs/ports.ts';
import { openDatabase, type DatabaseOptions, type Tables } from './database.ts';
import { createFreezeStore } from './freeze-store.ts';
import { createJournalSource } from './journal-source.ts';
import { openJobQueue } from './job-queue.ts';
import { createMessageLedger } from './message-ledger.ts';
import { migrate } from './migrate.ts';
import { createNameStore } from './people.ts';
import { createRunRepository, type RunRepository } from './run-repository.ts';
import { withStoreErrors } from './store-error.ts';

export type StoreOptions = DatabaseOptions & {
  readonly clock: { now(): number };
  readonly sha256: Sha256;
  readonly log: Log;
};

export type Store = {
  readonly runs: RunRepository;
  readonly jobs: JobQueue;
  readonly checkpoints: CheckpointStore;
  readonly messages: MessageLedger;
  readonly names: NameStore;
  readonly freezes: FreezeStore;
  readonly journal: JournalSource;
  /** Rejects with `store-unavailable` when the database does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
};

/** Opens the database, brings its tables up to date and starts the job queue. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options);
  const { sql } = database;
  try {
    await withStoreErrors(() => migrate(sql));
    const jobs = await withStoreErrors(() => openJobQueue(database, options.log));
    return {
      runs: createRunRepository({
        ...options,
        sql,
        enqueue: (runId, transaction) => jobs.enqueue(runId, transaction),
      }),
      jobs,
      checkpoints: createCheckpoints(sql),
      messages: createMessageLedger(sql),
      names: createNameStore(sql),
      freezes: createFreezeStore({ ...options, sql }),
      journal: createJournalSource(sql),
      check: () => withStoreErrors(async () => void (await raw`select 1`.execute(sql))),
      async close() {
        await jobs.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function createCheckpoints(sql: Kysely<Tables>): CheckpointStore {
  return {
    save: (runId, checkpoint) =>
      withStoreErrors(async () => {
        const text = JSON.stringify(checkpoint);
        await sql
          .insertInto('checkpoints')
          .values({ run_id: runId, checkpoint: text })
          .onConflict((conflict) => conflict.column('run_id').doUpdateSet({ checkpoint: text }))
          .execute();
      }),
    find: (runId) =>
      withStoreErrors(async () => {
        const row = await sql
          .selectFrom('checkpoints')
          .select('checkpoint')
          .where('run_id', '=', runId)
          .executeTakeFirst();
        return row && (JSON.parse(row.checkpoint) as Checkpoint);
      }),
  };
}
