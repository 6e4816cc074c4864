import { sql, type Kysely } from 'kysely';

/** What is derived from the journal so that nobody reads all of it: how far it was verified, and what each run that has ended is charged with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('verifications')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('mark', 'text', (column) => column.notNull())
    .addColumn('seal', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('charges')
    .addColumn('run_id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer')
    .addColumn('cluster', 'text')
    .addColumn('service', 'text')
    .addColumn('ended_at', 'double precision')
    .addColumn('ms', 'double precision')
    .addColumn('seal', 'text')
    .execute();
  await db.schema
    .createIndex('charges_by_service')
    .on('charges')
    .columns(['cluster', 'service', 'ended_at', 'run_id'])
    .execute();
  await sql`create index charges_to_fill on charges (run_id) where seal is null`.execute(db);
  await openCharges(db);
}

/** Every run that has ended has a charge, which is filled in later for runs of earlier versions, and for those that a replica of one still writes. */
async function openCharges(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function open_charge() returns trigger language plpgsql as $$
    begin
      if new.phase = 'ended' then
        insert into charges (run_id) values (new.id)
        on conflict (run_id) do update set seal = null;
      end if;
      return null;
    end $$
  `.execute(db);
  await sql`
    create trigger runs_open_charges after insert or update on runs
    for each row execute function open_charge()
  `.execute(db);
  await sql`insert into charges (run_id) select id from runs where phase = 'ended'`.execute(db);
}
