import type { RowDifference } from '../../domain/audit.ts';
import { toCanonicalJson } from '../../domain/canonical-json.ts';
import type { Run } from '../../domain/run.ts';
import { toValues, type ChargeRow } from '../charges.ts';

/**
 * Every field of a run's charge that is not what its journal folds to. A charge that has to be filled in says nothing yet, and one of another version of the
 * run is made anew when it is read.
 */
export function listChargeDifferences(
  row: ChargeRow | undefined,
  run: Run,
): readonly RowDifference[] {
  const values = toValues(run);
  if (!values) return [];
  if (!row) {
    const journal = toCanonicalJson(values);
    return [{ runId: run.id, field: 'charge', journal, row: 'nothing' }];
  }
  if (row.seal === null || row.version !== run.version) return [];
  const names = ['cluster', 'service', 'ended_at', 'ms'] as const;
  return names
    .filter((name) => row[name] !== values[name])
    .map((name) => ({
      runId: run.id,
      field: `charge ${name}`,
      journal: toCanonicalJson(values[name]),
      row: toCanonicalJson(row[name]),
    }));
}
