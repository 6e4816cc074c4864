import type { Kysely } from 'kysely';

/** Which version of a run a message shows, so that what was not said before a restart is said after it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('messages')
    .addColumn('version', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
