import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChaosError } from '../domain/chaos-error.ts';

/**
 * Makes this process the only user of a folder; rejects with `store-unavailable` while another lives. The embedded database does not notice two processes
 * and would be corrupted by them. A lock whose process died is taken over. Returns what unlocks it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  const write = () => writeFile(path, `${process.pid}`, { flag: 'wx' });
  try {
    await write();
  } catch {
    const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (holder !== process.pid && isAlive(holder)) throw inUse(folder, holder);
    await rm(path, { force: true });
    await write();
  }
  return () => rm(path, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(folder: string, holder: number): ChaosError {
  return new ChaosError(
    'store-unavailable',
    `The data folder ${folder} is in use by process ${holder}.`,
    {
      suggestion:
        'End that process, set DATA_DIR to another folder, or use a PostgreSQL server with DATABASE_URL.',
    },
  );
}
