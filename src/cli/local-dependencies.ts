import { access, constants, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { isLoopback } from '../environment.ts';
import type { Dependency } from '../runs/check-health.ts';
import { checkDatabase } from '../store/check-database.ts';
import { checkBotCredential } from '../teams/check-credential.ts';

/** What the bot is itself: its address, its folder, its database and its registration. */
export function listLocalDependencies(config: Config): readonly Dependency[] {
  const { auth, dataDir, databaseUrl } = config;
  return [
    { name: 'PUBLIC_URL', attempt: async () => checkPublicUrl(config) },
    { name: 'DATA_DIR', attempt: () => checkDataDir(dataDir) },
    {
      name: 'database',
      attempt: async () => ({
        remarks: await checkDatabase({ dataDir, ...(databaseUrl ? { databaseUrl } : {}) }),
      }),
    },
    {
      name: 'Bot Framework',
      attempt: async () =>
        auth.mode === 'required'
          ? checkBotCredential(auth)
          : { remarks: ['BOT_AUTH is off: nothing is authenticated.'] },
      whenSilent:
        'Check that the bot reaches login.microsoftonline.com, or its managed identity endpoint.',
    },
  ];
}

/** Whether people and Teams can follow links to reports. */
function checkPublicUrl({ publicUrl, auth }: Config) {
  const { protocol, hostname, search, hash } = new URL(publicUrl);
  const example = 'for example PUBLIC_URL=https://chaos.example.com';
  const refuse = (problem: string) => ({
    problem: `${publicUrl} ${problem}`,
    repair: `Set PUBLIC_URL to the address of the bot's messaging endpoint in Azure, without /api/messages; ${example}.`,
  });
  if (search || hash) return refuse('has a query or a fragment, which links would lose.');
  if (auth.mode === 'off') return { remarks: [`Links lead to ${publicUrl}.`] };
  if (isLoopback(hostname.replaceAll(/[[\]]/g, '')))
    return refuse('leads nowhere from another machine.');
  if (protocol !== 'https:') return refuse('is not https, which Teams asks for.');
  return { remarks: [`Links lead to ${publicUrl}.`] };
}

/** Tries the folder with a file, which is removed again; a folder that is not there yet must be possible to create. */
async function checkDataDir(dataDir: string) {
  const found = await stat(dataDir).catch(() => undefined);
  if (found && !found.isDirectory()) throw notWritable(dataDir, 'is no folder');
  try {
    if (!found) {
      await access(await findExisting(dataDir), constants.W_OK);
      return { remarks: [`${dataDir} is created at the first start.`] };
    }
    const path = join(dataDir, `.check-${process.pid}`);
    await writeFile(path, '', { flag: 'wx', mode: 0o600 });
    await rm(path);
  } catch {
    throw notWritable(dataDir, 'cannot be written to');
  }
  const open = (found.mode & 0o077) !== 0;
  return { remarks: open ? [`Others may read it: chmod 700 "${dataDir}".`] : [] };
}

async function findExisting(path: string): Promise<string> {
  const parent = dirname(path);
  return (await stat(parent).catch(() => undefined)) || parent === path
    ? parent
    : findExisting(parent);
}

function notWritable(dataDir: string, what: string): ChaosError {
  return new ChaosError('config-invalid', `The data folder ${dataDir} ${what}.`, {
    suggestion: `Give it to the bot's account: \`mkdir -p "${dataDir}" && chown "$USER" "${dataDir}" && chmod 700 "${dataDir}"\`, or set DATA_DIR to another folder.`,
  });
}
