import type { RowDifference } from '../../domain/audit.ts';
import { toCanonicalJson } from '../../domain/canonical-json.ts';
import { findOwn } from '../../domain/find-own.ts';
import type { Run } from '../../domain/run.ts';
import type { Tables } from '../database.ts';

/** Longer values are cut off: a difference says where to look. */
const longestValue = 120;

/** Every field of a run's row that is not what its journal folds to. The row only serves to find runs; the journal is the run. */
export function listRowDifferences(row: Tables['runs'], run: Run): readonly RowDifference[] {
  const expected = toFields(run);
  const found = { ...readRunText(row.run), ...toColumns(row) };
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...names].toSorted().flatMap((field) => {
    const [journal, stored] = [print(findOwn(expected, field)), print(findOwn(found, field))];
    return journal === stored
      ? []
      : [{ runId: run.id, field, journal: cut(journal), row: cut(stored) }];
  });
}

type Fields = Readonly<Record<string, unknown>>;

function toFields(run: Run): Fields {
  const { version, phase, origin, proposal } = run;
  return {
    ...run,
    'column version': version,
    'column phase': phase,
    'column conversation_id': origin.conversationId,
    'column proposed_at': proposal.proposedAt,
  };
}

function toColumns({ version, phase, conversation_id, proposed_at }: Tables['runs']): Fields {
  return {
    'column version': version,
    'column phase': phase,
    'column conversation_id': conversation_id,
    'column proposed_at': proposed_at,
  };
}

function readRunText(text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return { run: text };
  }
}

function print(value: unknown): string {
  return value === undefined ? 'nothing' : toCanonicalJson(value);
}

function cut(text: string): string {
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}
