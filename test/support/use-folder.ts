import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database.ts';

/**
 * Opens the embedded database in a folder, commits one row, prints how many there are, and keeps the folder until it is killed: what a
 * bot in a container of its own does. Prints the error's message when the folder is in use.
 */
const [dataDir = ''] = process.argv.slice(2);
try {
  const database = await openDatabase({ dataDir });
  await sql`create table if not exists rows (at bigint)`.execute(database.sql);
  await sql`insert into rows values (1)`.execute(database.sql);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from rows`.execute(
    database.sql,
  );
  process.stdout.write(`rows ${rows[0]?.count}\n`);
  setInterval(() => undefined, 1_000);
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
