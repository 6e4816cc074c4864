import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Log } from './runs/ports/log.ts';
import type { LateStore } from './store/late-store.ts';

export type Installation = {
  /** The id that is written into experiments and tells them from those of others; undefined where neither the database nor DATA_DIR has told it yet. */
  id(): string | undefined;
  /** Remembers the id in DATA_DIR, for a start without the database. Never rejects. */
  remember(): Promise<void>;
};

type Remembered = { readonly database: string; readonly id: string };

/** Creates what knows the id of this installation. It is kept in the database, which is what the replicas of one installation share. */
export function createInstallation(
  { dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>,
  { store, log }: { readonly store: Pick<LateStore, 'installation'>; readonly log: Log },
): Installation {
  const path = join(dataDir, 'installation.json');
  const database = toDatabaseHash(databaseUrl);
  const known = readRemembered(path);
  // An id of another database would leave the faults of this one alone.
  let remembered = known?.database === database ? known.id : undefined;
  return {
    id: () => store.installation() ?? remembered,
    async remember() {
      const id = store.installation();
      if (id === undefined || id === remembered) return;
      const text = JSON.stringify({ database, id } satisfies Remembered);
      await writeFile(path, `${text}\n`, { mode: 0o600 }).then(
        () => (remembered = id),
        (error: unknown) =>
          log.warn({ error }, 'The id of this installation could not be kept in DATA_DIR.'),
      );
    },
  };
}

/** Names the database without user and password. */
function toDatabaseHash(databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return 'embedded';
  const { host, pathname } = new URL(databaseUrl);
  return createHash('sha256').update(`${host}${pathname}`).digest('hex');
}

function readRemembered(path: string): Remembered | undefined {
  try {
    const { database, id } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Remembered>;
    return typeof database === 'string' && typeof id === 'string' ? { database, id } : undefined;
  } catch {
    return undefined;
  }
}
