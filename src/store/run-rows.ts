import type { Kysely } from 'kysely';
import type { Run } from '../domain/run.ts';
import type { Tables } from './database.ts';
import { fillNames } from './people.ts';

/** A run as it stands in its row, with commitments where names were. */
export type RunRow = Pick<Tables['runs'], 'run'>;

/** The fields of a row that change with the run. */
export function toRow(run: Run): Pick<Tables['runs'], 'id' | 'version' | 'phase' | 'run'> {
  return { id: run.id, version: run.version, phase: run.phase, run: JSON.stringify(run) };
}

/** The run as it is kept, without names. */
export function parseRun({ run }: RunRow): Run {
  return JSON.parse(run) as Run;
}

/** The run of this row, with people's names in it again. */
export async function readRun({ run }: RunRow, sql: Kysely<Tables>): Promise<Run> {
  const [text = run] = await fillNames([run], sql);
  return parseRun({ run: text });
}

/** The runs of these rows, with people's names in them again. */
export async function readRuns(rows: readonly RunRow[], sql: Kysely<Tables>): Promise<Run[]> {
  const texts = await fillNames(
    rows.map(({ run }) => run),
    sql,
  );
  return texts.map((run) => parseRun({ run }));
}
