import type { Kysely } from 'kysely';
import type { Tables } from './database.ts';

/** Reads the id of the installation that this database belongs to; undefined where somebody deleted it. */
export async function readInstallation(sql: Kysely<Tables>): Promise<string | undefined> {
  const row = await sql.selectFrom('installation').select('id').limit(1).executeTakeFirst();
  return row?.id;
}
