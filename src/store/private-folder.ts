import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ChaosError } from '../domain/chaos-error.ts';

/** What group and others may do. */
const othersMask = 0o077;

/**
 * Makes sure that nobody but the user of this process can read or change what is in the folder: creates it so, or takes the rights of
 * others away. Rejects with `config-invalid` where that is impossible, as on some shared volumes. Windows has no such modes.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (process.platform === 'win32') return;
  const before = await readMode(folder);
  if ((before & othersMask) === 0) return;
  await chmod(folder, 0o700).catch(() => undefined);
  const after = await readMode(folder);
  if ((after & othersMask) !== 0) throw notPrivate(folder, after);
  await takeRightsFromOthers(folder);
}

/** Takes the rights of others away from everything in the folder. What vanishes meanwhile, the folder included, is of no interest. */
export async function takeRightsFromOthers(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(toNothing);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await chmod(path, 0o700).catch(ignoreMissing);
      await takeRightsFromOthers(path);
    } else if (entry.isFile()) await chmod(path, 0o600).catch(ignoreMissing);
  }
}

async function readMode(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

function toNothing(error: NodeJS.ErrnoException): [] {
  ignoreMissing(error);
  return [];
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (!['ENOENT', 'ENOTDIR', 'EPERM'].includes(error.code ?? '')) throw error;
}

function notPrivate(folder: string, mode: number): ChaosError {
  return new ChaosError(
    'config-invalid',
    `DATA_DIR ${folder} can be used by other users (mode ${mode.toString(8)}), and its mode can't be changed.`,
    {
      suggestion:
        'On a shared volume, set DATA_DIR to a folder inside of it that the bot can create for itself, ' +
        'or mount the volume with dir_mode=0700,file_mode=0600.',
    },
  );
}
