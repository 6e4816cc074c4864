import { closeSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { ChaosError } from '../domain/chaos-error.ts';

/** A process that is being replaced has this long to let go of the folder. */
const waitMs = 3_000;
const tryEveryMs = 100;

/** A lock that nothing refers to any more is collected as garbage, and its file closed: it would end while its process goes on. */
const held = new Set<DatabaseSync>();

/**
 * Makes this process the only user of a folder; rejects with `store-unavailable` while another one is. The embedded database does not
 * notice two processes and would lose what they commit.
 *
 * The lock is SQLite's lock on an empty file, which is one of the operating system: it holds between containers that share the volume,
 * whatever their process ids are, and ends with the process, however it ends. Returns the function that unlocks the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock.sqlite');
  const holderPath = join(folder, 'lock-holder');
  // SQLite would create it readable for everybody.
  closeSync(openSync(path, 'a', 0o600));
  const lock = await takeLock(path);
  if (!lock) throw inUse(folder, await readFile(holderPath, 'utf8').catch(() => 'another process'));
  held.add(lock);
  // Left by an earlier version, whose lock was no lock.
  await rm(join(folder, 'lock'), { force: true });
  await writeFile(holderPath, `process ${process.pid} on ${hostname()}`, { mode: 0o600 });
  return async () => {
    await rm(holderPath, { force: true });
    lock.close();
    held.delete(lock);
  };
}

async function takeLock(path: string): Promise<DatabaseSync | undefined> {
  for (let waitedMs = 0; ; waitedMs += tryEveryMs) {
    const lock = tryLock(path);
    if (lock || waitedMs >= waitMs) return lock;
    await delay(tryEveryMs);
  }
}

/** Nothing is ever written in the transaction: it only holds the lock. */
function tryLock(path: string): DatabaseSync | undefined {
  const file = new DatabaseSync(path);
  try {
    file.exec('PRAGMA busy_timeout = 0');
    file.exec('BEGIN EXCLUSIVE');
    return file;
  } catch (error) {
    file.close();
    if (isBusy(error)) return undefined;
    throw noLocks(path, error);
  }
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return (error as { readonly errcode?: number }).errcode === sqliteBusy;
}

function noLocks(path: string, cause: unknown): ChaosError {
  return new ChaosError('store-unavailable', `${path} can't be locked.`, {
    suggestion:
      'Put DATA_DIR on a volume that supports file locks, or use a PostgreSQL server with DATABASE_URL.',
    cause,
  });
}

function inUse(folder: string, holder: string): ChaosError {
  return new ChaosError('store-unavailable', `The data folder ${folder} is in use by ${holder}.`, {
    suggestion:
      'End that process, set DATA_DIR to another folder, or use a PostgreSQL server with DATABASE_URL.',
  });
}
