import { checkLive, readLiveLimit } from './cli/check-live.ts';
import { requireDataDir } from './cli/check-data-dir.ts';
import { compose } from './compose.ts';
import { loadConfig, type Config } from './config.ts';
import { ChaosError } from './domain/chaos-error.ts';
import { createLogger } from './logger.ts';
import { findOptionProblem } from './options.ts';
import { surviveErrors } from './survive-errors.ts';
import { toStartUpError } from './start-up-error.ts';

/** `npm start [-- --check [--live [--within=30s]]]`: starts the bot, goes on with runs that a restart interrupted, and lets runs in hand rest when asked to end. */
async function main(): Promise<void> {
  const problem = findOptionProblem(process.argv.slice(2), process.env);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exit(2);
  }
  const config = readConfig();
  if (process.argv.includes('--check')) {
    const isLive = process.argv.includes('--live');
    // The live check has a line for it.
    if (!isLive) await requireDataDir(config);
    process.stdout.write('The configuration is right.\n');
    if (isLive) await exitAfterLiveCheck(config);
    return;
  }
  const log = createLogger(config.logLevel);
  const bot = await compose(config, log).catch((error: unknown) => {
    throw toStartUpError(error, config);
  });
  log.info({ url: bot.url, auth: config.auth.mode }, 'Chaos Marshal is listening.');
  surviveErrors({ process, log, close: () => bot.close(), exit: (code) => process.exit(code) });
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(1);
    ending = true;
    log.info({ signal }, 'Ending: runs in hand go on after the restart.');
    bot.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'The bot did not end cleanly.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** Ends the process also while a dependency that does not answer keeps a connection open. */
async function exitAfterLiveCheck(config: Config): Promise<never> {
  const limitMs = readLiveLimit(process.argv);
  const works = await checkLive(config, (line) => process.stdout.write(`${line}\n`), limitMs);
  process.exit(works ? 0 : 1);
}

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    return exitWith(error);
  }
}

function exitWith(error: unknown): never {
  const lines =
    error instanceof ChaosError
      ? [error.message, error.suggestion]
      : ['Chaos Marshal could not start because of an unexpected error.', toStack(error)];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}

function toStack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

await main().catch(exitWith);
