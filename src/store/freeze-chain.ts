import type { Kysely, Selectable } from 'kysely';
import type { Freeze, FreezeEvent } from '../domain/freeze.ts';
import type { RunId } from '../domain/ids.ts';
import type { Sha256 } from '../domain/proposal.ts';
import { appendAnchor } from './anchors.ts';
import type { Tables } from './database.ts';
import { toEntryHash, toGenesisHash, type ChainedEntry } from './hash-chain.ts';

/** Under this name freezes stand in the chain over all runs. No run can have it. */
export const freezesChain = 'freezes' as RunId;

export type FreezeRow = Selectable<Tables['freezes']>;
type Using = { readonly sql: Kysely<Tables>; readonly sha256: Sha256 };

/** The newest record of a freeze or an unfreeze, or that it is not what was written. */
export type NewestFreeze =
  { readonly kind: 'recorded'; readonly event: FreezeEvent } | { readonly kind: 'altered' };

/** Appends a freeze or its end to the chain of freezes, and to the chain over everything. The caller holds the lock of decisions. */
export async function appendFreeze(event: FreezeEvent, { sql, sha256 }: Using): Promise<void> {
  const anchor = await selectNewestAnchor(sql);
  const { at } = event.freeze;
  const sequence = (anchor?.entry_sequence ?? 0) + 1;
  const previousHash = anchor?.entry_hash ?? toGenesisHash(freezesChain, sha256);
  const entry = { runId: freezesChain, sequence, at, event };
  const hash = toEntryHash(entry, previousHash, sha256);
  await sql
    .insertInto('freezes')
    .values({
      kind: event.type,
      at,
      freeze: JSON.stringify(event.freeze),
      place: sequence,
      previous_hash: previousHash,
      hash,
    })
    .execute();
  await appendAnchor({ runId: freezesChain, sequence, hash }, { sql, sha256 });
}

/** Reads the newest record, and checks it against the chain over everything. */
export async function readNewestFreeze({ sql, sha256 }: Using): Promise<NewestFreeze | undefined> {
  const row = await sql
    .selectFrom('freezes')
    .selectAll()
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const anchor = await selectNewestAnchor(sql);
  if (!row && !anchor) return undefined;
  const altered = { kind: 'altered' } as const;
  const entry = row && toFreezeEntry(row);
  if (!entry || !anchor) return altered;
  const isSound =
    anchor.entry_sequence === entry.sequence &&
    anchor.entry_hash === entry.hash &&
    toEntryHash(entry, entry.previousHash, sha256) === entry.hash;
  return isSound ? { kind: 'recorded', event: entry.event } : altered;
}

/** The record of a row; undefined for a row that was never chained, or that cannot be read. */
export function toFreezeEntry(row: FreezeRow): ChainedEntry<FreezeEvent> | undefined {
  const { kind, at, place, previous_hash: previousHash, hash } = row;
  if (place === null || previousHash === null || hash === null) return undefined;
  if (kind !== 'freeze' && kind !== 'unfreeze') return undefined;
  try {
    const event = { type: kind, freeze: JSON.parse(row.freeze) as Freeze } as const;
    return { runId: freezesChain, sequence: place, at, event, previousHash, hash };
  } catch {
    return undefined;
  }
}

function selectNewestAnchor(sql: Kysely<Tables>) {
  return sql
    .selectFrom('anchors')
    .select(['entry_sequence', 'entry_hash'])
    .where('run_id', '=', freezesChain)
    .orderBy('entry_sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}
