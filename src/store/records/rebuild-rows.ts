import { sql as raw, type Kysely } from 'kysely';
import type { RowDifference } from '../../domain/audit.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Sha256 } from '../../domain/proposal.ts';
import { foldRun, isActive, type Run } from '../../domain/run.ts';
import type { Tables } from '../database.ts';
import { hasCharges, readCharge } from '../charges.ts';
import { lockDecisions } from '../decisions-lock.ts';
import type { ChainedEntry } from '../hash-chain.ts';
import { toRow } from '../run-rows.ts';
import { listChargeDifferences } from './charge-differences.ts';
import { listRowDifferences } from './row-differences.ts';
import { findUnsoundEntry, readRunChain } from './run-chain.ts';

type Rebuilding = { readonly sql: Kysely<Tables>; readonly sha256: Sha256 };

/**
 * Writes the row of every run anew from its journal, and gives every field that was different. A run whose journal is not what was
 * written keeps its row: there is nothing to write it from.
 */
export function rebuildRows(rebuilding: Rebuilding): Promise<readonly RowDifference[]> {
  return rebuildEach(rebuilding, async (sql) => {
    const rows = await sql.selectFrom('runs').select('id').orderBy('id').execute();
    return rows.map(({ id }) => id);
  });
}

/**
 * Writes anew the rows that hide a run that is being conducted: they name another conversation, or a phase in which nothing is. Nobody would go on with
 * such a run, and a stop would not find it. Gives every field that was different.
 */
export function rebuildHiddenRows(rebuilding: Rebuilding): Promise<readonly RowDifference[]> {
  return rebuildEach(rebuilding, async (sql) => {
    const hidden: string[] = [];
    for (const row of await selectUnended(sql)) {
      const { entries } = await readRunChain(row.id as RunId, sql);
      if (isHidden(row, entries)) hidden.push(row.id);
    }
    return hidden;
  });
}

/** Writes the rows of the runs that `select` gives, while nobody decides anything. */
function rebuildEach(
  { sql, sha256 }: Rebuilding,
  select: (sql: Kysely<Tables>) => Promise<readonly string[]>,
): Promise<readonly RowDifference[]> {
  return sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    const found: RowDifference[] = [];
    for (const id of await select(transaction))
      found.push(...(await rebuildRow(id, transaction, sha256)));
    return found;
  });
}

type Place = Pick<Tables['runs'], 'id' | 'phase' | 'conversation_id'>;

/** Where the index has the runs whose journal has not come to an end. */
async function selectUnended(sql: Kysely<Tables>): Promise<readonly Place[]> {
  const { rows } = await raw<Place>`
    select id, phase, conversation_id from runs
    where (select event from journal where run_id = runs.id order by sequence desc limit 1)
      not like '%"type":"ended"%'
  `.execute(sql);
  return rows;
}

function isHidden({ phase, conversation_id }: Place, entries: readonly ChainedEntry[]): boolean {
  try {
    const run = foldRun(entries);
    const isElsewhere = conversation_id !== run.origin.conversationId;
    return isActive(run) && (isElsewhere || !isActive({ ...run, phase: phase as Run['phase'] }));
  } catch {
    return false;
  }
}

async function rebuildRow(
  id: string,
  sql: Kysely<Tables>,
  sha256: Sha256,
): Promise<readonly RowDifference[]> {
  const chain = await readRunChain(id as RunId, sql);
  if (findUnsoundEntry(chain, sha256) !== undefined) return [];
  const run = foldRun(chain.entries);
  const row = await sql
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const differences = [
    ...listRowDifferences(row, run),
    ...((await hasCharges(sql)) ? listChargeDifferences(await readCharge(id, sql), run) : []),
  ];
  // The database then opens the run's charge anew, to be filled in from the journal by whoever has the key of its seal.
  if (differences.length > 0)
    await sql.updateTable('runs').set(toRow(run)).where('id', '=', id).execute();
  return differences;
}
