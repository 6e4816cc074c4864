import { sql, type Kysely } from 'kysely';

/** Runs, their journal that only grows, what is measured meanwhile, and where their cards are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('conversation_id', 'text', (column) => column.notNull())
    .addColumn('proposed_at', 'double precision', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('runs_by_time')
    .on('runs')
    .columns(['conversation_id', 'proposed_at'])
    .execute();
  await db.schema.createIndex('runs_by_phase').on('runs').column('phase').execute();
  await db.schema
    .createTable('journal')
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.id'))
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('at', 'double precision', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('journal_key', ['run_id', 'sequence'])
    .execute();
  await sql`
    create function refuse_rewriting() returns trigger language plpgsql as $$
    begin
      raise exception 'the journal is append-only' using errcode = 'insufficient_privilege';
    end $$
  `.execute(db);
  await sql`
    create trigger journal_only_grows before update or delete on journal
    for each row execute function refuse_rewriting()
  `.execute(db);
  await sql`
    create trigger journal_is_not_emptied before truncate on journal
    for each statement execute function refuse_rewriting()
  `.execute(db);
  await db.schema
    .createTable('checkpoints')
    .addColumn('run_id', 'text', (column) => column.primaryKey())
    .addColumn('checkpoint', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('messages')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('activity_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('messages_key', ['run_id', 'role'])
    .execute();
}
