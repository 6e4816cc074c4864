import { randomBytes } from 'node:crypto';
import { sql as raw } from 'kysely';
import type { Sha256 } from '../domain/proposal.ts';
import type { ClaimStore } from '../runs/ports/claim-store.ts';
import type { CheckpointStore } from '../runs/ports/checkpoint-store.ts';
import type { FreezeStore } from '../runs/ports/freeze-store.ts';
import type { JobQueue } from '../runs/ports/job-queue.ts';
import type { JournalSource } from '../runs/ports/journal-copy.ts';
import type { Log } from '../runs/ports/log.ts';
import type { MessageLedger } from '../runs/ports/message-ledger.ts';
import type { NameStore } from '../runs/ports/name-store.ts';
import { createClaims } from './claims.ts';
import { createCheckpoints } from './checkpoints.ts';
import { openDatabase, type DatabaseOptions } from './database.ts';
import { createFreezeStore } from './freeze-store.ts';
import { readInstallation } from './installation.ts';
import { createJournalSource } from './journal-source.ts';
import { openJobQueue } from './job-queue.ts';
import { createMessageLedger } from './message-ledger.ts';
import { migrate } from './migrate.ts';
import { createNameStore } from './people.ts';
import { rebuildHiddenRows } from './records/rebuild-rows.ts';
import { RunRecords } from './records/run-records.ts';
import { createRunRepository, type RunRepository } from './run-repository.ts';
import { settleWithin } from '../time/settle-within.ts';
import { withStoreErrors } from './store-error.ts';
import { createVerifiedMarks } from './verify/verified-marks.ts';

export type StoreOptions = DatabaseOptions & {
  readonly clock: { now(): number };
  readonly sha256: Sha256;
  readonly log: Log;
  /** Seals what is measured so far in a phase, and how far the journal was verified. Without one, nobody but this process can go on from there. */
  readonly sealKey?: string | Buffer;
};

export type Store = {
  readonly runs: RunRepository;
  readonly jobs: JobQueue;
  readonly claims: ClaimStore;
  readonly checkpoints: CheckpointStore;
  readonly messages: MessageLedger;
  readonly names: NameStore;
  readonly freezes: FreezeStore;
  readonly journal: JournalSource;
  /** The id that everything that works on this database has in common; undefined while the database was never reached. */
  installation(): string | undefined;
  /** Rejects with `store-unavailable` when the database does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
};

/** How long the end of the process waits for what is being filled in. */
const fillingLimitMs = 1_000;

/** Opens the database, brings its tables up to date and starts the job queue. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options);
  const { sql } = database;
  try {
    await withStoreErrors(() => migrate(sql));
    const records = new RunRecords(options.sha256, ({ id, alteration }) =>
      options.log.error(
        { runId: id, alteration },
        'The record of a run was altered in the database.',
      ),
    );
    await withStoreErrors(() => records.start(sql));
    const hidden = await withStoreErrors(() => rebuildHiddenRows({ sql, sha256: options.sha256 }));
    for (const difference of hidden)
      options.log.error(difference, 'A run was hidden in the database; its row was written anew.');
    const installation = await withStoreErrors(() => readInstallation(sql));
    const sealKey = options.sealKey ?? randomBytes(32);
    const ending = new AbortController();
    const jobs = await withStoreErrors(() => openJobQueue(database, options.log));
    const runs = createRunRepository({
      ...options,
      sql,
      records,
      sealKey,
      marks: createVerifiedMarks({ sql, sha256: options.sha256, sealKey }),
      onProblem: (problem) =>
        options.log.error({ problem }, 'The journal is not what was written.'),
      enqueue: (runId, transaction) => jobs.enqueue(runId, transaction),
    });
    const filling = runs.fillCharges(ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted)
        options.log.warn({ error }, 'What earlier runs have spent is filled in later.');
    });
    return {
      runs,
      jobs,
      claims: createClaims({ ...options, sql }),
      checkpoints: createCheckpoints({ ...options, sql, sealKey }),
      messages: createMessageLedger({ ...options, sql, records }),
      names: createNameStore(sql),
      freezes: createFreezeStore({ ...options, sql }),
      journal: createJournalSource(sql),
      installation: () => installation,
      check: () => withStoreErrors(async () => void (await raw`select 1`.execute(sql))),
      async close() {
        ending.abort();
        await jobs.close();
        await settleWithin(fillingLimitMs, filling);
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
