import { sql, type Kysely } from 'kysely';

/** One chain over the entries of all runs, so that a run or the end of one cannot be taken away unseen. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('anchors')
    .addColumn('sequence', 'integer', (column) => column.primaryKey())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('entry_sequence', 'integer', (column) => column.notNull())
    .addColumn('entry_hash', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await sql`
    create trigger anchors_only_grow before update or delete on anchors
    for each row execute function refuse_rewriting()
  `.execute(db);
  await sql`
    create trigger anchors_are_not_emptied before truncate on anchors
    for each statement execute function refuse_rewriting()
  `.execute(db);
}
