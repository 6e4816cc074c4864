import type { Kysely } from 'kysely';

/** Finds the runs that have ended since a time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('charges_by_end').on('charges').column('ended_at').execute();
}
