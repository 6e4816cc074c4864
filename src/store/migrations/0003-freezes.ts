import { sql, type Kysely } from 'kysely';

/** When everything was frozen and unfrozen, by whom and why: a list that only grows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('freezes')
    .addColumn('sequence', 'bigserial', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('at', 'double precision', (column) => column.notNull())
    .addColumn('freeze', 'text', (column) => column.notNull())
    .execute();
  await sql`
    create trigger freezes_only_grow before update or delete on freezes
    for each row execute function refuse_rewriting()
  `.execute(db);
}
