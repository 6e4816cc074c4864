import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';

/** Whatever identity this machine has: environment, workload or managed identity, developer sign-in. It reads its own `AZURE_*` variables. */
export function createAzureCredential(): TokenCredential {
  return new DefaultAzureCredential();
}

/** A bearer token for a scoring service, and until when it is good, ms since the epoch. Rejects with why there is none. */
export async function readScoringToken(
  credential: TokenCredential,
  scope: string,
): Promise<{ token: string; expiresAt: number }> {
  const given = await credential.getToken(scope);
  if (!given) throw new Error('this machine has no identity');
  return { token: given.token, expiresAt: given.expiresOnTimestamp };
}
