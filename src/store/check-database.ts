import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql as raw } from 'kysely';
import { ChaosError } from '../domain/chaos-error.ts';
import { openDatabase, type DatabaseOptions } from './database.ts';

/**
 * Asks the database for a sign of life, and whether the bot may create its tables there. Resolves to remarks; rejects with
 * `store-unavailable` and what to correct. The embedded database is opened only when no process uses it.
 */
export async function checkDatabase(options: DatabaseOptions): Promise<readonly string[]> {
  const embedded = options.databaseUrl === undefined;
  if (embedded && !existsSync(join(options.dataDir, 'pg')))
    return ['The embedded database is created at the first start.'];
  try {
    const database = await openDatabase(options);
    try {
      const { rows } = await raw<{ may_create: boolean }>`
        select has_schema_privilege(current_schema(), 'CREATE') as may_create`.execute(
        database.sql,
      );
      if (rows[0]?.may_create !== true) throw mayNotCreate();
      return [];
    } finally {
      await database.close();
    }
  } catch (error) {
    if (!(error instanceof ChaosError)) throw toDatabaseError(error, embedded);
    if (embedded && error.code === 'store-unavailable') return [error.message];
    throw error;
  }
}

function mayNotCreate(): ChaosError {
  return new ChaosError('store-unavailable', 'The account of DATABASE_URL may not create tables.', {
    suggestion: 'As the owner of the database: `GRANT CREATE, USAGE ON SCHEMA public TO ACCOUNT`.',
  });
}

type Known = readonly [what: string, suggestion: string];

const serverDown: Known = [
  'The PostgreSQL server of DATABASE_URL does not answer.',
  'Check its host and port, that it runs, and its firewall: `pg_isready --dbname "$DATABASE_URL"`.',
];
const known: ReadonlyMap<string, Known> = new Map([
  [
    '28P01',
    ['The database refused the password of DATABASE_URL.', 'Correct the password in DATABASE_URL.'],
  ],
  [
    '28000',
    [
      'The database refused the account of DATABASE_URL.',
      'Correct the account, or allow it in pg_hba.conf.',
    ],
  ],
  [
    '3D000',
    [
      'The database that DATABASE_URL names does not exist.',
      'Create it: `createdb --maintenance-db "$DATABASE_URL" NAME`.',
    ],
  ],
  ['ENOTFOUND', ['The host of DATABASE_URL is unknown.', 'Correct the host in DATABASE_URL.']],
]);

/** The driver's own message may quote the address with its password: it is not repeated. */
function toDatabaseError(cause: unknown, embedded: boolean): ChaosError {
  const { code } = (cause ?? {}) as { code?: unknown };
  const [what, suggestion]: Known = embedded
    ? [
        'The embedded database in DATA_DIR cannot be opened.',
        'Restore DATA_DIR from a backup, or look at the cause in the log of `npm start`.',
      ]
    : (known.get(String(code)) ?? serverDown);
  return new ChaosError('store-unavailable', what, { suggestion, cause });
}
