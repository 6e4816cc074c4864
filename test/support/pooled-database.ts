import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort, serverDatabase, type TestDatabase } from './databases.ts';

/** Debian puts it where only root looks. */
const program = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  (path) => spawnSync(path, ['--version']).error === undefined,
);
const nobody = 65_534;

/** False where the program `pgbouncer` is missing and tests may be skipped for that. */
export const canPool = program !== undefined || process.env['CHAOS_MARSHAL_REQUIRE_ALL'] === '1';

/**
 * A PostgreSQL server behind PgBouncer in transaction mode: a session belongs to a client for one transaction only. There are
 * fewer sessions than clients, so that they change hands all the time.
 */
export function pooledDatabase(): TestDatabase {
  const database = serverDatabase();
  let folder: string;
  let bouncer: ChildProcess | undefined;
  return {
    name: 'a PostgreSQL server behind PgBouncer',
    async start() {
      if (program === undefined) throw new Error('pgbouncer is not on the PATH.');
      const { dataDir, databaseUrl = '' } = await database.start();
      folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
      await chmod(folder, 0o755);
      const url = new URL(databaseUrl);
      const port = await findFreePort();
      const settings = join(folder, 'pgbouncer.ini');
      await writeFile(settings, toSettings(url, port));
      const isRoot = process.getuid?.() === 0;
      bouncer = spawn(program, [settings], {
        stdio: 'ignore',
        ...(isRoot ? { uid: nobody, gid: nobody } : {}),
      });
      await untilTaken(port, bouncer);
      url.port = String(port);
      return { dataDir, databaseUrl: url.href };
    },
    async stop() {
      if (bouncer?.exitCode === null) {
        bouncer.kill('SIGKILL');
        await once(bouncer, 'exit');
      }
      await database.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function toSettings({ hostname, port, username, password }: URL, ownPort: number): string {
  return `[databases]
chaos = host=${hostname} port=${port} dbname=chaos user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
`;
}

async function untilTaken(port: number, { exitCode }: ChildProcess): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; Date.now() < giveUpAt; await delay(50)) {
    const socket = connect(port, '127.0.0.1');
    const isTaken = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isTaken) return;
    if (exitCode !== null) break;
  }
  throw new Error('PgBouncer does not listen.');
}
