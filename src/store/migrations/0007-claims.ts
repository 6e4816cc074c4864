import type { Kysely } from 'kysely';

/** Which process conducts a run. The epoch grows with each takeover; what a process with a lower one writes is refused. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('claims')
    .addColumn('run_id', 'text', (column) => column.primaryKey())
    // A double holds every whole number up to 2^53, and reads back as a number from both databases.
    .addColumn('epoch', 'double precision', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('claimed_at', 'double precision', (column) => column.notNull())
    .execute();
}
