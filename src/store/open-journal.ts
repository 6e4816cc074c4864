import type { AuditReport, RowDifference } from '../domain/audit.ts';
import type { RunId } from '../domain/ids.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { JournalSource } from '../runs/ports/journal-copy.ts';
import type { NameStore } from '../runs/ports/name-store.ts';
import type { JournalEntry } from '../runs/ports/run-store.ts';
import { openDatabase, type DatabaseOptions } from './database.ts';
import type { ChainedEntry } from './hash-chain.ts';
import { createJournalSource } from './journal-source.ts';
import { createNameStore } from './people.ts';
import { rebuildRows } from './records/rebuild-rows.ts';
import { createRunRepository } from './run-repository.ts';
import { withStoreErrors } from './store-error.ts';

/** The journal without the bot around it: to read, and to erase names from. */
export type Journal = {
  verify(): Promise<AuditReport>;
  /** In the order they were proposed. */
  runIds(): Promise<readonly RunId[]>;
  /** A run's entries as they are chained, oldest first, without names; none when there is no such run. */
  entries(runId: RunId): Promise<readonly ChainedEntry[]>;
  /** The entries of all runs, in the order in which they were written. */
  readonly source: JournalSource;
  /** The same with people's names, which its hashes do not cover. */
  namedEntries(runId: RunId): Promise<readonly JournalEntry[]>;
  readonly names: NameStore;
  /** Writes the rows of runs anew from their journals, where those are whole; gives what was different. */
  rebuild(): Promise<readonly RowDifference[]>;
  close(): Promise<void>;
};

/** Opens the database to work on what is in it. Rejects when the embedded one is in use, or there is none. */
export async function openJournal(
  options: DatabaseOptions & { readonly sha256: Sha256 },
): Promise<Journal> {
  const database = await openDatabase(options);
  const { sql } = database;
  const runs = createRunRepository({
    sql,
    sha256: options.sha256,
    clock: { now: () => Date.now() },
    enqueue: () => Promise.reject(new Error('a journal that is read conducts nothing')),
  });
  return {
    verify: () => runs.verify(),
    runIds: () =>
      withStoreErrors(async () => {
        const rows = await sql.selectFrom('runs').select('id').orderBy('proposed_at').execute();
        return rows.map(({ id }) => id as RunId);
      }),
    entries: (runId) => runs.chain(runId),
    source: createJournalSource(sql),
    namedEntries: (runId) => runs.journal(runId),
    names: createNameStore(sql),
    rebuild: () => withStoreErrors(() => rebuildRows({ sql, sha256: options.sha256 })),
    close: () => database.close(),
  };
}
