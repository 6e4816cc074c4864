import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** How much the database holds of what nobody may add to without a right to it. */
export type Recorded = {
  readonly runs: number;
  readonly journal: number;
  readonly freezes: number;
  readonly phases: readonly string[];
};

/** Counts in the embedded database of a bot that is not running. */
export async function countRecorded(folder: string): Promise<Recorded> {
  const database = new PGlite(join(folder, 'data', 'pg'));
  const count = async (table: string) => {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::int as count from ${table}`,
    );
    return rows[0]?.count ?? -1;
  };
  try {
    const { rows } = await database.query<{ phase: string }>('select phase from runs order by id');
    return {
      runs: await count('runs'),
      journal: await count('journal'),
      freezes: await count('freezes'),
      phases: rows.map(({ phase }) => phase),
    };
  } finally {
    await database.close();
  }
}
