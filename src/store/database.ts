import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, type Generated } from 'kysely';
import { Pool } from 'pg';
import { fromPglite, type ConstructorOptions } from 'pg-boss';
import type { Log } from '../runs/ports/log.ts';
import { FairPGlite } from './fair-pglite.ts';
import { lockFolder } from './folder-lock.ts';
import { isOnNetworkShare } from './network-share.ts';
import { ensurePrivateFolder, takeRightsFromOthers } from './private-folder.ts';
import { ServerClient } from './server-client.ts';
import { ServerDialect } from './server-dialect.ts';

/** The tables, as they come out of migrations/. JSON is kept as text: it reads back exactly as it was hashed. */
export type Tables = {
  runs: {
    id: string;
    version: number;
    phase: string;
    conversation_id: string;
    proposed_at: number;
    run: string;
  };
  journal: {
    run_id: string;
    sequence: number;
    at: number;
    event: string;
    previous_hash: string;
    hash: string;
  };
  freezes: {
    sequence: Generated<number>;
    kind: string;
    at: number;
    freeze: string;
    /** Null in a row that somebody put in by hand. */
    place: number | null;
    previous_hash: string | null;
    hash: string | null;
  };
  anchors: {
    sequence: number;
    run_id: string;
    entry_sequence: number;
    entry_hash: string;
    previous_hash: string;
    hash: string;
  };
  people: { commitment: string; person_id: string; name: string; salt: string; used_at: number };
  checkpoints: { run_id: string; checkpoint: string; seal: string | null };
  messages: { run_id: string; role: string; activity_id: string; version: number };
  /** How far the journal was verified: one row. */
  verifications: { id: number; mark: string; seal: string };
  /** What a run that has ended is charged with. Without a seal it has to be filled in from the run. */
  charges: {
    run_id: string;
    version: number | null;
    cluster: string | null;
    service: string | null;
    ended_at: number | null;
    ms: number | null;
    seal: string | null;
  };
  /** Which process conducts a run; a conductor whose epoch is not the newest has lost it. */
  claims: { run_id: string; epoch: number; holder: string; claimed_at: number };
  /** One row: the id of everything that works on this database. */
  installation: { id: string };
};

export type Database = {
  readonly sql: Kysely<Tables>;
  /** How the job queue reaches the same database. */
  readonly boss: ConstructorOptions;
  /** True when no other process can be using this database: what looks busy in it was left by one that died. */
  readonly isOurs: boolean;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly log?: Pick<Log, 'warn'>;
};

const connectTimeoutMs = 3_000;
const keepAliveDelayMs = 10_000;

/** Opens the PostgreSQL server at `databaseUrl`, or else the embedded one in `dataDir`. */
export function openDatabase({ dataDir, databaseUrl, log }: DatabaseOptions): Promise<Database> {
  return databaseUrl === undefined
    ? openEmbedded(dataDir, log)
    : Promise.resolve(openServer(databaseUrl));
}

async function openEmbedded(dataDir: string, log: DatabaseOptions['log']): Promise<Database> {
  await ensurePrivateFolder(dataDir);
  if (await isOnNetworkShare(dataDir))
    log?.warn(
      { dataDir },
      'DATA_DIR is on a network share. Locks there may not reach other hosts: never let two bots use it, or set DATABASE_URL.',
    );
  const unlock = await lockFolder(dataDir);
  const pglite = await openPglite(join(dataDir, 'pg')).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  const sql = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  return {
    sql,
    boss: { db: fromPglite(pglite), backend: 'pglite' },
    isOurs: true,
    async close() {
      try {
        if (!pglite.closed) await pglite.close();
        await takeRightsFromOthers(join(dataDir, 'pg')).catch((error: unknown) =>
          log?.warn({ error, dataDir }, 'Other users may be able to read files in DATA_DIR.'),
        );
      } finally {
        await unlock();
      }
    },
  };
}

/** It makes its files writable for everybody, whatever the process's umask is. */
async function openPglite(folder: string): Promise<PGlite> {
  await ensurePrivateFolder(folder);
  const pglite = new FairPGlite(folder);
  await pglite.waitReady;
  await takeRightsFromOthers(folder);
  return pglite;
}

function openServer(connectionString: string): Database {
  const options = {
    connectionString,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    Client: ServerClient,
  };
  const pool = new Pool({ ...options, max: 8 });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  const sql = new Kysely<Tables>({ dialect: new ServerDialect({ pool }) });
  // Connections of its own: through ours it would not see the rows of each statement it sends.
  const boss = { ...options, max: 4 };
  return { sql, boss, isOurs: false, close: () => sql.destroy() };
}
