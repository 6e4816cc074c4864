import type { Kysely } from 'kysely';
import type { RowDifference } from '../../domain/audit.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Sha256 } from '../../domain/proposal.ts';
import { foldRun } from '../../domain/run.ts';
import type { Tables } from '../database.ts';
import { lockDecisions } from '../decisions-lock.ts';
import { toRow } from '../run-rows.ts';
import { listRowDifferences } from './row-differences.ts';
import { findUnsoundEntry, readRunChain } from './run-chain.ts';

/**
 * Writes the row of every run anew from its journal, and gives every field that was different. A run whose journal is not what was
 * written keeps its row: there is nothing to write it from.
 */
export function rebuildRows({
  sql,
  sha256,
}: {
  readonly sql: Kysely<Tables>;
  readonly sha256: Sha256;
}): Promise<readonly RowDifference[]> {
  return sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    const ids = await transaction.selectFrom('runs').select('id').orderBy('id').execute();
    const found: RowDifference[] = [];
    for (const { id } of ids) found.push(...(await rebuildRow(id, transaction, sha256)));
    return found;
  });
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
  const differences = listRowDifferences(row, run);
  if (differences.length > 0)
    await sql.updateTable('runs').set(toRow(run)).where('id', '=', id).execute();
  return differences;
}
