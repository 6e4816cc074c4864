import type { Config } from '../config.ts';
import { isLoopback } from '../environment.ts';
import type { Dependency } from '../runs/check-health.ts';
import { checkDatabase } from '../store/check-database.ts';
import { checkBotCredential } from '../teams/check-credential.ts';
import { checkDataDir } from './check-data-dir.ts';

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
