import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../../src/store/database.ts';
import { keptFiles } from './kept-files.ts';

const inDataDir = 'pg';

/**
 * Copies an empty database into a data folder. Creating one takes ten seconds of CPU, so one is created for each version
 * of PGlite and kept in `keptFiles`. Where that folder can't be written, the bot creates its own at its first start.
 */
export async function prepareDatabase(dataDir: string): Promise<void> {
  const kept = join(keptFiles, `pglite-${await readVersion()}`);
  if (!(await exists(kept)) && !(await makeDatabase(kept))) return;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await cp(kept, join(dataDir, inDataDir), { recursive: true });
}

/** Several processes may make it at once: the first one's stays. */
async function makeDatabase(kept: string): Promise<boolean> {
  const folder = await mkdir(keptFiles, { recursive: true })
    .then(() => mkdtemp(`${kept}-`))
    .catch(() => undefined);
  if (folder === undefined) return false;
  try {
    const database = await openDatabase({ dataDir: folder });
    await database.close();
    await rename(join(folder, inDataDir), kept).catch(() => undefined);
    return await exists(kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readVersion(): Promise<string> {
  const path = new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url);
  return (JSON.parse(await readFile(path, 'utf8')) as { version: string }).version;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
