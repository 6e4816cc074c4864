import type { Config } from '../config.ts';

/** Shorter ones would take ordinary words out of sentences. */
const shortestSecret = 4;

/** Returns a function that removes every secret of the configuration from a text: the last net, since adapters name none. */
export function createRedactor(config: Config): (text: string) => string {
  const secrets = listSecrets(config)
    .filter((secret) => secret.length >= shortestSecret)
    .toSorted((left, right) => right.length - left.length);
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[removed]'), text);
}

function listSecrets({
  auth,
  databaseUrl,
  freezeToken,
  reportLinkKey,
  scoringKeys,
  checkHeaders,
  metricHeaders,
}: Config): readonly string[] {
  const headers = [...checkHeaders.values(), ...metricHeaders.values()];
  return [
    auth.mode === 'required' ? auth.password : undefined,
    ...readPassword(databaseUrl),
    freezeToken,
    reportLinkKey,
    ...scoringKeys.values(),
    ...headers.flatMap((given) => Object.values(given)),
  ].filter((secret) => secret !== undefined);
}

/** As it is written in the URL, and as it is. */
function readPassword(databaseUrl: string | undefined): readonly string[] {
  if (databaseUrl === undefined || !URL.canParse(databaseUrl)) return [];
  const { password } = new URL(databaseUrl);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
