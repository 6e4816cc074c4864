import type { Kysely } from 'kysely';
import type { AnchoredEntry } from '../domain/anchored-entry.ts';
import type { RunId } from '../domain/ids.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { JournalSource } from '../runs/ports.ts';
import type { Tables } from './database.ts';
import { withStoreErrors } from './store-error.ts';

/** The entries of all runs in the order in which they were written. */
export function createJournalSource(sql: Kysely<Tables>): JournalSource {
  return {
    read: (from, to) =>
      withStoreErrors(async () => {
        const rows = await selectAnchored(from, to, sql);
        return rows.map(toAnchoredEntry);
      }),
  };
}

function selectAnchored(from: number, to: number, sql: Kysely<Tables>) {
  return sql
    .selectFrom('anchors')
    .innerJoin('journal', (join) =>
      join
        .onRef('journal.run_id', '=', 'anchors.run_id')
        .onRef('journal.sequence', '=', 'anchors.entry_sequence'),
    )
    .select([
      'anchors.sequence as place',
      'anchors.run_id',
      'anchors.entry_sequence',
      'anchors.entry_hash',
      'anchors.previous_hash as previous_anchor',
      'anchors.hash as anchor_hash',
      'journal.at',
      'journal.event',
      'journal.previous_hash',
      'journal.hash',
    ])
    .where('anchors.sequence', '>=', from)
    .where('anchors.sequence', '<=', to)
    .orderBy('anchors.sequence')
    .execute();
}

function toAnchoredEntry(row: Awaited<ReturnType<typeof selectAnchored>>[number]): AnchoredEntry {
  const runId = row.run_id as RunId;
  return {
    anchor: {
      sequence: row.place,
      runId,
      entrySequence: row.entry_sequence,
      entryHash: row.entry_hash,
      previousHash: row.previous_anchor,
      hash: row.anchor_hash,
    },
    entry: {
      runId,
      sequence: row.entry_sequence,
      at: row.at,
      event: JSON.parse(row.event) as RunEvent,
      previousHash: row.previous_hash,
      hash: row.hash,
    },
  };
}
