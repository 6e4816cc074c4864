import type { Transaction } from 'kysely';
import { mapNames } from '../domain/map-names.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { RunEntry, RunEvent } from '../domain/run-event.ts';
import { applyEntry, type Run } from '../domain/run.ts';
import { appendAnchor } from './anchors.ts';
import type { Charges } from './charges.ts';
import type { Tables } from './database.ts';
import { toEntryHash, toGenesisHash } from './hash-chain.ts';
import { putNamesAway } from './people.ts';
import { toRow, type RunRow } from './run-rows.ts';

/** What entries are written with, in a transaction that holds the lock of decisions. */
export type Appending = {
  readonly sql: Transaction<Tables>;
  readonly sha256: Sha256;
  readonly now: number;
  /** Keeps what the run is charged with. */
  readonly charges: Pick<Charges, 'write'>;
};

/** The record of a run after entries were appended: its row, and the hash of its newest entry. */
export type Appended = { readonly row: RunRow; readonly hash: string };

/** Writes what happened to a run behind its last entry, and its row anew. The run is the one that is kept, without names. */
export async function appendEvents(
  kept: Run,
  events: readonly RunEvent[],
  appending: Appending,
): Promise<Appended | undefined> {
  if (events.length === 0) return undefined;
  const { sql, now } = appending;
  let run = kept;
  let hash = await readLastHash(kept, appending);
  for (const event of events) {
    const nameless = await putNamesAway(event, mapNames, appending);
    const entry = { runId: run.id, sequence: run.version + 1, at: now, event: nameless };
    run = applyEntry(run, entry);
    hash = await appendEntry(entry, hash, appending);
  }
  const row = toRow(run);
  await sql.updateTable('runs').set(row).where('id', '=', run.id).execute();
  await appending.charges.write(run, sql);
  return { row, hash };
}

/** Writes a run's first entry, whose row is there already, and gives its hash. */
export function appendFirst(entry: RunEntry, appending: Appending): Promise<string> {
  return appendEntry(entry, toGenesisHash(entry.runId, appending.sha256), appending);
}

async function appendEntry(
  entry: RunEntry,
  previousHash: string,
  { sql, sha256 }: Appending,
): Promise<string> {
  const hash = toEntryHash(entry, previousHash, sha256);
  const { runId, sequence, at, event } = entry;
  await sql
    .insertInto('journal')
    .values({
      run_id: runId,
      sequence,
      at,
      event: JSON.stringify(event),
      previous_hash: previousHash,
      hash,
    })
    .execute();
  await appendAnchor({ runId, sequence, hash }, { sql, sha256 });
  return hash;
}

async function readLastHash(run: Run, { sql }: Appending): Promise<string> {
  const { hash } = await sql
    .selectFrom('journal')
    .select('hash')
    .where('run_id', '=', run.id)
    .where('sequence', '=', run.version)
    .executeTakeFirstOrThrow();
  return hash;
}
