import { sql as raw, type Kysely } from 'kysely';
import type { RunId } from '../../domain/ids.ts';
import type { Sha256 } from '../../domain/proposal.ts';
import { toAnchorHash, type Anchor } from '../anchors.ts';
import type { Tables } from '../database.ts';
import { findBrokenEntry, type ChainedEntry } from '../hash-chain.ts';
import { readEvent } from '../read-event.ts';

/** The journal of one run, oldest entry first, with the anchor of each entry. */
export type RunChain = {
  readonly entries: readonly ChainedEntry[];
  readonly anchors: readonly (Anchor | undefined)[];
  /** How many anchors name the run: more than entries when the end of its journal was cut off. */
  readonly anchored: number;
};

/** Reads the journal of a run with its anchors, in one statement. */
export async function readRunChain(runId: RunId, sql: Kysely<Tables>): Promise<RunChain> {
  const rows = await sql
    .selectFrom('journal')
    .leftJoin('anchors', (join) =>
      join
        .onRef('anchors.run_id', '=', 'journal.run_id')
        .onRef('anchors.entry_sequence', '=', 'journal.sequence'),
    )
    .selectAll('journal')
    .select([
      'anchors.sequence as place',
      'anchors.entry_hash as anchored_hash',
      'anchors.previous_hash as previous_anchor',
      'anchors.hash as anchor_hash',
      raw<number>`(select count(*)::int from anchors where run_id = ${runId})`.as('anchored'),
    ])
    .where('journal.run_id', '=', runId)
    .orderBy('journal.sequence')
    .execute();
  return {
    entries: rows.map(toEntry),
    anchors: rows.map((row) =>
      row.place === null
        ? undefined
        : {
            sequence: row.place,
            runId,
            entrySequence: row.sequence,
            entryHash: row.anchored_hash ?? '',
            previousHash: row.previous_anchor ?? '',
            hash: row.anchor_hash ?? '',
          },
    ),
    anchored: rows[0]?.anchored ?? 0,
  };
}

/** The journal entry of a row, with commitments in place of names. */
export function toEntry(row: Tables['journal']): ChainedEntry {
  return {
    runId: row.run_id as RunId,
    sequence: row.sequence,
    at: row.at,
    event: readEvent(row.event),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/** The sequence of the first entry that is not what was written, is missing, or was never anchored; undefined when all are sound. */
export function findUnsoundEntry(chain: RunChain, sha256: Sha256): number | undefined {
  const { entries, anchors, anchored } = chain;
  if (entries.length === 0) return 1;
  const broken = findBrokenEntry(entries, sha256);
  if (broken) return broken.sequence;
  const loose = entries.findIndex((entry, index) => !isAnchored(entry, anchors[index], sha256));
  if (loose >= 0) return loose + 1;
  return anchored === entries.length ? undefined : entries.length + 1;
}

function isAnchored(entry: ChainedEntry, anchor: Anchor | undefined, sha256: Sha256): boolean {
  return (
    anchor !== undefined &&
    anchor.entryHash === entry.hash &&
    anchor.hash === toAnchorHash(anchor, sha256)
  );
}
