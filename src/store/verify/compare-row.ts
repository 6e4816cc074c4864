import type { RowDifference } from '../../domain/audit.ts';
import { foldRun, type Run } from '../../domain/run.ts';
import type { ChainedEntry } from '../hash-chain.ts';
import type { ChargeRow } from '../charges.ts';
import { listChargeDifferences } from '../records/charge-differences.ts';
import { listRowDifferences } from '../records/row-differences.ts';
import { toRow, type RunRow } from '../run-rows.ts';

export type ComparedRow = {
  /** Whether the row goes with exactly these entries. */
  readonly isSame: boolean;
  readonly differences: readonly RowDifference[];
};

/** What is kept of a run next to its journal; `charge` is `untold` in a database of an earlier version, which has no charges. */
export type KeptRow = { readonly row: RunRow; readonly charge: ChargeRow | undefined | 'untold' };

/** Compares a run's row and its charge with what its entries fold to. A journal that does not fold has its own problem, and no row to be compared with. */
export function compareRow(
  { row, charge }: KeptRow,
  entries: readonly ChainedEntry[],
): ComparedRow {
  const run = tryFold(entries);
  const differences = [
    ...(run && !isWrittenFrom(run, row) ? listRowDifferences(row, run) : []),
    ...(run && charge !== 'untold' ? listChargeDifferences(charge, run) : []),
  ];
  return { isSame: differences.length === 0 && row.version === entries.length, differences };
}

function tryFold(entries: readonly ChainedEntry[]): Run | undefined {
  try {
    return foldRun(entries);
  } catch {
    return undefined;
  }
}

/** Cheaper than to compare field by field, which rows in the form of an earlier version need. */
function isWrittenFrom(run: Run, row: RunRow): boolean {
  const { id, version, phase, conversation_id, proposed_at, run: text } = toRow(run);
  return (
    row.id === id &&
    row.version === version &&
    row.phase === phase &&
    row.conversation_id === conversation_id &&
    row.proposed_at === proposed_at &&
    row.run === text
  );
}
