import { hkdfSync } from 'node:crypto';
import type { Config } from './config.ts';
import { readOrCreateKey } from './report-links.ts';

/**
 * The key that seals what a run has measured so far. Every replica must have the same one, or a run could not be taken over with its measurements:
 * it is derived from a secret that replicas share anyway (REPORT_LINK_KEY, the bot's password, the password of the database, in this order), by HKDF
 * (RFC 5869). Without any of them, it is kept in DATA_DIR. Throws where that can't be written.
 */
export function readSealKey(
  config: Pick<Config, 'reportLinkKey' | 'auth' | 'databaseUrl' | 'dataDir'>,
): Buffer {
  const secret = findSharedSecret(config);
  return secret === undefined
    ? readOrCreateKey(config.dataDir)
    : Buffer.from(hkdfSync('sha256', secret, '', 'chaos-marshal checkpoints', 32));
}

function findSharedSecret({
  reportLinkKey,
  auth,
  databaseUrl,
}: Pick<Config, 'reportLinkKey' | 'auth' | 'databaseUrl'>): string | undefined {
  const botPassword = auth.mode === 'required' ? auth.password : undefined;
  const databasePassword = databaseUrl ? new URL(databaseUrl).password : '';
  return reportLinkKey ?? botPassword ?? (databasePassword || undefined);
}
