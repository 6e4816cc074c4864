import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';

/** The id of the installation: of everything that works on this database. It tells its experiments in Azure from those of others. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('installation')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .execute();
  await sql`insert into installation (id) values (${randomUUID()})`.execute(db);
}
