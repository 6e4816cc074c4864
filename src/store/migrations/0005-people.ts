import type { Kysely } from 'kysely';

/** The names of people, apart from the journal: there a name's commitment stands, so that the name can go and the chain still verifies. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('people')
    .addColumn('commitment', 'text', (column) => column.primaryKey())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('salt', 'text', (column) => column.notNull())
    .addColumn('used_at', 'double precision', (column) => column.notNull())
    .addUniqueConstraint('people_names', ['person_id', 'name'])
    .execute();
}
