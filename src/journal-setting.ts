import { resolve } from 'node:path';
import { ChaosError } from './domain/chaos-error.ts';
import { readVariables, type Environment } from './environment.ts';
import { toStartUpError } from './start-up-error.ts';

/** Where the journal is, as DATABASE_URL or else DATA_DIR say. */
export type JournalSetting = { readonly dataDir: string; readonly databaseUrl?: string };

/** Reads DATA_DIR and DATABASE_URL. Throws `config-invalid` when they are wrong. */
export function readJournalSetting(env: Environment): JournalSetting {
  const { values, problems } = readVariables(['DATA_DIR', 'DATABASE_URL'], env);
  if (problems.length > 0)
    throw new ChaosError('config-invalid', problems.join('\n'), {
      suggestion: 'The comments in .env.sample explain each setting.',
    });
  const { DATA_DIR: dataDir = 'data', DATABASE_URL: databaseUrl } = values;
  return { dataDir: resolve(dataDir), ...(databaseUrl ? { databaseUrl } : {}) };
}

/** Words what kept a command from reading the journal: what happened, and what to do. */
export function explainJournalError(thrown: unknown, env: Environment): string {
  const isConfig = thrown instanceof ChaosError && thrown.code === 'config-invalid';
  const error = isConfig ? thrown : toKnown(thrown, env);
  return error instanceof ChaosError
    ? `${error.message}\n${error.suggestion}`
    : String(error instanceof Error ? error.message : error);
}

function toKnown(thrown: unknown, env: Environment): unknown {
  return toStartUpError(thrown, { host: '', port: 0, ...readJournalSetting(env) });
}
