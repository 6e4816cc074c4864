import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { toCanonicalJson } from '../../domain/canonical-json.ts';
import type { Freeze } from '../../domain/freeze.ts';
import { foldRun, type Run } from '../../domain/run.ts';
import type { Tables } from '../database.ts';
import { appendFreeze } from '../freeze-chain.ts';
import { readRunChain } from '../records/run-chain.ts';
import { parseRun, toRow, type RunRow } from '../run-rows.ts';

/**
 * What it takes to check a run and a freeze against the chain over everything: anchors are found by their run, freezes are chained
 * like entries and cannot be emptied, and checkpoints carry a seal.
 */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createIndex('anchors_by_run')
    .on('anchors')
    .columns(['run_id', 'entry_sequence'])
    .execute();
  await db.schema
    .alterTable('freezes')
    .addColumn('place', 'integer')
    .addColumn('previous_hash', 'text')
    .addColumn('hash', 'text')
    .execute();
  await db.schema.alterTable('checkpoints').addColumn('seal', 'text').execute();
  await chainFreezes(db);
  await sql`
    create trigger freezes_are_not_emptied before truncate on freezes
    for each statement execute function refuse_rewriting()
  `.execute(db);
  await refreshRows(db);
}

/** Freezes that were recorded before they were chained are written again, in their order. */
async function chainFreezes(db: Kysely<Tables>): Promise<void> {
  const rows = await db.selectFrom('freezes').selectAll().orderBy('sequence').execute();
  if (rows.length === 0) return;
  await sql`alter table freezes disable trigger freezes_only_grow`.execute(db);
  await db.deleteFrom('freezes').execute();
  await sql`alter table freezes enable trigger freezes_only_grow`.execute(db);
  for (const { kind, freeze } of rows) {
    const type = kind === 'freeze' ? 'freeze' : 'unfreeze';
    await appendFreeze({ type, freeze: JSON.parse(freeze) as Freeze }, { sql: db, sha256 });
  }
}

/** Rows that an earlier version wrote in another form are written as they are now. A row that says something else is left as it is. */
async function refreshRows(db: Kysely<Tables>): Promise<void> {
  const ids = await db.selectFrom('runs').select('id').execute();
  for (const { id } of ids) {
    const row = await db
      .selectFrom('runs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const { entries } = await readRunChain(parseRun(row).id, db);
    const expected = attempt(() => toRow(foldRun(entries)));
    if (!expected || expected.run === row.run || !saysTheSame(row, expected)) continue;
    await db.updateTable('runs').set(expected).where('id', '=', id).execute();
  }
}

function saysTheSame(row: RunRow, expected: RunRow): boolean {
  const essence = (one: RunRow) => {
    const { digest, proposal, end }: Partial<Run> = parseRun(one);
    return toCanonicalJson([one.version, one.phase, one.conversation_id, digest, proposal, end]);
  };
  return essence(row) === essence(expected);
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
