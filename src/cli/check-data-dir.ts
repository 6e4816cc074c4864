import type { Stats } from 'node:fs';
import { access, constants, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { ChaosError } from '../domain/chaos-error.ts';

/** Rejects with `config-invalid` when the bot could not start with its data folder. With a PostgreSQL server it can do without one. */
export async function requireDataDir({ dataDir, databaseUrl }: Config): Promise<void> {
  if (databaseUrl === undefined) await checkDataDir(dataDir);
}

/**
 * Tries the folder with a file, which is removed again; a folder that is not there yet must be possible to create. Rejects with `config-invalid` where that
 * fails, or where others may use the folder and this account cannot change that.
 */
export async function checkDataDir(dataDir: string): Promise<{ readonly remarks: string[] }> {
  const found = await stat(dataDir).catch(() => undefined);
  if (found && !found.isDirectory()) throw notUsable(dataDir, 'is no folder');
  if (!found) {
    if (await canCreate(dataDir)) return { remarks: [`${dataDir} is created at the first start.`] };
    throw notUsable(dataDir, 'cannot be created');
  }
  const path = join(dataDir, `.check-${process.pid}`);
  try {
    await writeFile(path, '', { flag: 'wx', mode: 0o600 });
    await rm(path);
  } catch {
    throw notUsable(dataDir, 'cannot be written to');
  }
  const isOpen = process.platform !== 'win32' && (found.mode & 0o077) !== 0;
  if (isOpen && !mayChange(found)) throw notUsable(dataDir, 'can be used by other users');
  return { remarks: isOpen ? [`Others may read it: chmod 700 "${dataDir}".`] : [] };
}

/** Whether the nearest folder above that exists lets this account write. */
async function canCreate(path: string): Promise<boolean> {
  const parent = dirname(path);
  const found = await stat(parent).catch(() => undefined);
  if (!found) return parent !== path && canCreate(parent);
  if (!found.isDirectory()) return false;
  return access(parent, constants.W_OK).then(
    () => true,
    () => false,
  );
}

function mayChange({ uid }: Stats): boolean {
  const own = process.geteuid?.();
  return own === uid || own === 0;
}

function notUsable(dataDir: string, what: string): ChaosError {
  return new ChaosError('config-invalid', `The data folder ${dataDir} ${what}.`, {
    suggestion: `Give it to the bot's account: \`mkdir -p "${dataDir}" && chown "$USER" "${dataDir}" && chmod 700 "${dataDir}"\`, or set DATA_DIR to another folder.`,
  });
}
