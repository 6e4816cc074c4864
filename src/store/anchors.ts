import type { Kysely } from 'kysely';
import type { AnchoredEntry } from '../domain/anchored-entry.ts';
import { toCanonicalJson } from '../domain/canonical-json.ts';
import type { RunId } from '../domain/ids.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { Tables } from './database.ts';
import type { ChainedEntry } from './hash-chain.ts';

/** One entry of any run, chained to the entry that was written before it, of whichever run. */
export type Anchor = AnchoredEntry['anchor'];

/** What the first anchor is chained to. */
export function toFirstHash(sha256: Sha256): string {
  return sha256(toCanonicalJson({ anchors: 'chaos-marshal' }));
}

/** The hash of an anchor: SHA-256 of the canonical JSON of its other fields. */
export function toAnchorHash({ hash: _own, ...anchor }: Anchor, sha256: Sha256): string {
  return sha256(toCanonicalJson(anchor));
}

/** Chains an entry to all that were written before. The caller holds the lock of decisions: two at once would take the same place. */
export async function appendAnchor(
  entry: Pick<ChainedEntry, 'runId' | 'sequence' | 'hash'>,
  { sql, sha256 }: { sql: Kysely<Tables>; sha256: Sha256 },
): Promise<void> {
  const last = await sql
    .selectFrom('anchors')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const anchor = {
    sequence: (last?.sequence ?? 0) + 1,
    runId: entry.runId,
    entrySequence: entry.sequence,
    entryHash: entry.hash,
    previousHash: last?.hash ?? toFirstHash(sha256),
    hash: '',
  };
  await sql
    .insertInto('anchors')
    .values({
      sequence: anchor.sequence,
      run_id: anchor.runId,
      entry_sequence: anchor.entrySequence,
      entry_hash: anchor.entryHash,
      previous_hash: anchor.previousHash,
      hash: toAnchorHash(anchor, sha256),
    })
    .execute();
}

/** A page of anchors from a place on, oldest first. */
export async function readAnchors(
  sql: Kysely<Tables>,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<readonly Anchor[]> {
  const rows = await sql
    .selectFrom('anchors')
    .selectAll()
    .where('sequence', '>=', from)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map(toAnchor);
}

/** Undefined when nothing is recorded. */
export async function readNewestAnchor(sql: Kysely<Tables>): Promise<Anchor | undefined> {
  const row = await sql
    .selectFrom('anchors')
    .selectAll()
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toAnchor(row);
}

/** The anchor of a row. */
export function toAnchor(row: Tables['anchors']): Anchor {
  return {
    sequence: row.sequence,
    runId: row.run_id as RunId,
    entrySequence: row.entry_sequence,
    entryHash: row.entry_hash,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
