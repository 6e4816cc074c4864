import { sql as raw, type Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { mapFreezeName, type Freeze } from '../../src/domain/freeze.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { mapNames } from '../../src/domain/map-names.ts';
import type { Approver } from '../../src/domain/person.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { foldRun } from '../../src/domain/run.ts';
import { toAnchorHash, toFirstHash } from '../../src/store/anchors.ts';
import type { Tables } from '../../src/store/database.ts';
import { toEntryHash, toGenesisHash, type ChainedEntry } from '../../src/store/hash-chain.ts';
import * as journal from '../../src/store/migrations/0001-journal.ts';
import * as deliveredVersion from '../../src/store/migrations/0002-delivered-version.ts';
import * as freezes from '../../src/store/migrations/0003-freezes.ts';
import * as anchors from '../../src/store/migrations/0004-anchors.ts';
import * as people from '../../src/store/migrations/0005-people.ts';
import { toCommitment } from '../../src/store/people.ts';
import { sha256, startOfTime } from './proposal.ts';

/** A run to write: its events, with the names of people in them. */
export type OldRun = { readonly id: RunId; readonly events: readonly RunEvent[] };
export type OldFreeze = { readonly kind: 'freeze' | 'unfreeze'; readonly freeze: Freeze };

/**
 * Writes a database as it was before freezes were chained and checkpoints sealed: runs, their journal and its anchors, names, and freezes as bare rows.
 * Gives the entries of each run as they are chained.
 */
export async function writeOldStore(
  sql: Kysely<Tables>,
  old: { readonly runs: readonly OldRun[]; readonly freezes: readonly OldFreeze[] },
): Promise<ReadonlyMap<RunId, readonly ChainedEntry[]>> {
  await migrateTo0005(sql);
  const names = new Map<string, Tables['people']>();
  const toName = ({ id, name }: Approver) => {
    const row = { person_id: id, name, salt: `salt of ${name}` };
    const commitment = toCommitment(row, sha256);
    names.set(commitment, { ...row, commitment, used_at: startOfTime });
    return commitment;
  };
  const chains = old.runs.map(({ id, events }) =>
    toChain(
      id,
      events.map((event) => mapNames(event, toName)),
    ),
  );
  for (const chain of chains) await writeRun(chain, sql);
  await writeAnchors(chains.flat(), sql);
  for (const { kind, freeze } of old.freezes) {
    const kept = JSON.stringify(mapFreezeName(freeze, toName));
    await raw`
      insert into freezes ("kind", "at", "freeze") values (${kind}, ${freeze.at}, ${kept})
    `.execute(sql);
  }
  await sql
    .insertInto('people')
    .values([...names.values()])
    .execute();
  return new Map(chains.flatMap((chain) => (chain[0] ? [[chain[0].runId, chain]] : [])));
}

async function migrateTo0005(sql: Kysely<Tables>): Promise<void> {
  const migrations = {
    '0001-journal': journal,
    '0002-delivered-version': deliveredVersion,
    '0003-freezes': freezes,
    '0004-anchors': anchors,
    '0005-people': people,
  };
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db: sql, provider }).migrateToLatest();
  if (error !== undefined) throw error;
}

function toChain(runId: RunId, events: readonly RunEvent[]): ChainedEntry[] {
  let previousHash = toGenesisHash(runId, sha256);
  return events.map((event, index) => {
    const entry = { runId, sequence: index + 1, at: startOfTime + index, event };
    const hash = toEntryHash(entry, previousHash, sha256);
    const chained = { ...entry, previousHash, hash };
    previousHash = hash;
    return chained;
  });
}

/** The row says the same as the journal, in another order. */
async function writeRun(chain: readonly ChainedEntry[], sql: Kysely<Tables>): Promise<void> {
  const run = foldRun(chain);
  await sql
    .insertInto('runs')
    .values({
      id: run.id,
      version: run.version,
      phase: run.phase,
      conversation_id: run.origin.conversationId,
      proposed_at: run.proposal.proposedAt,
      run: JSON.stringify(Object.fromEntries(Object.entries(run).toReversed())),
    })
    .execute();
  await sql
    .insertInto('journal')
    .values(
      chain.map((entry) => ({
        run_id: entry.runId,
        sequence: entry.sequence,
        at: entry.at,
        event: JSON.stringify(entry.event),
        previous_hash: entry.previousHash,
        hash: entry.hash,
      })),
    )
    .execute();
}

async function writeAnchors(entries: readonly ChainedEntry[], sql: Kysely<Tables>): Promise<void> {
  let previousHash = toFirstHash(sha256);
  for (const [index, entry] of entries.entries()) {
    const anchor = {
      sequence: index + 1,
      runId: entry.runId,
      entrySequence: entry.sequence,
      entryHash: entry.hash,
      previousHash,
      hash: '',
    };
    const hash = toAnchorHash(anchor, sha256);
    await sql
      .insertInto('anchors')
      .values({
        sequence: anchor.sequence,
        run_id: anchor.runId,
        entry_sequence: anchor.entrySequence,
        entry_hash: anchor.entryHash,
        previous_hash: previousHash,
        hash,
      })
      .execute();
    previousHash = hash;
  }
}
