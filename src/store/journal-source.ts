import type { Kysely } from 'kysely';
import type { AnchoredEntry } from '../domain/anchored-entry.ts';
import type { RunId } from '../domain/ids.ts';
import type { JournalSource } from '../runs/ports/journal-copy.ts';
import { toAnchor } from './anchors.ts';
import type { Tables } from './database.ts';
import { freezesChain, toFreezeEntry } from './freeze-chain.ts';
import { readEvent } from './read-event.ts';
import { withStoreErrors } from './store-error.ts';

/** The entries of all runs, and the freezes between them, in the order in which they were written. */
export function createJournalSource(sql: Kysely<Tables>): JournalSource {
  return {
    read: (from, to) =>
      withStoreErrors(async () => {
        const ofRuns = await readEntries(from, to, sql);
        const ofFreezes = await readFreezes(from, to, sql);
        return [...ofRuns, ...ofFreezes].toSorted(
          (one, other) => one.anchor.sequence - other.anchor.sequence,
        );
      }),
  };
}

async function readEntries(
  from: number,
  to: number,
  sql: Kysely<Tables>,
): Promise<AnchoredEntry[]> {
  const rows = await sql
    .selectFrom('anchors')
    .innerJoin('journal', (join) =>
      join
        .onRef('journal.run_id', '=', 'anchors.run_id')
        .onRef('journal.sequence', '=', 'anchors.entry_sequence'),
    )
    .selectAll('anchors')
    .select([
      'journal.at',
      'journal.event',
      'journal.previous_hash as previous_entry',
      'journal.hash as own_hash',
    ])
    .where('anchors.sequence', '>=', from)
    .where('anchors.sequence', '<=', to)
    .execute();
  return rows.map((row) => ({
    anchor: toAnchor(row),
    entry: {
      runId: row.run_id as RunId,
      sequence: row.entry_sequence,
      at: row.at,
      event: readEvent(row.event),
      previousHash: row.previous_entry,
      hash: row.own_hash,
    },
  }));
}

async function readFreezes(
  from: number,
  to: number,
  sql: Kysely<Tables>,
): Promise<AnchoredEntry[]> {
  const anchors = await sql
    .selectFrom('anchors')
    .selectAll()
    .where('run_id', '=', freezesChain)
    .where('sequence', '>=', from)
    .where('sequence', '<=', to)
    .execute();
  if (anchors.length === 0) return [];
  const places = anchors.map(({ entry_sequence: place }) => place);
  const rows = await sql.selectFrom('freezes').selectAll().where('place', 'in', places).execute();
  return anchors.flatMap((anchor) => {
    const row = rows.find(({ place }) => place === anchor.entry_sequence);
    const entry = row && toFreezeEntry(row);
    return entry ? [{ anchor: toAnchor(anchor), entry }] : [];
  });
}
