import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { waitWhileProgressing } from '../patience.ts';
import { keptFiles } from './kept-files.ts';
import { startLeashedProcess, type LeashedProcess } from './leashed-process.ts';

export type BotProcessOptions = Start & {
  readonly host: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
};

export type BotProcess = {
  readonly url: string;
  pid(): number;
  /** Ends the bot as told, and starts it again after `downMs`; resolves when it is ready. */
  restart(how: { readonly signal: NodeJS.Signals; readonly downMs: number }): Promise<void>;
  close(): Promise<void>;
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const drainMs = 15_000;
/** At the end of the lab, its data is removed anyway. */
const endMs = 4_000;

type Start = { readonly say: (line: string) => void; readonly signal: AbortSignal };

/** Starts the bot as anybody would, with nothing but an environment; resolves when it says that it is ready. */
export async function startBotProcess(options: BotProcessOptions): Promise<BotProcess> {
  const url = `http://${options.host}:${options.port}`;
  let bot = launch(options);
  let closed = false;
  await waitUntilReady(bot, url, options).catch(async (error: unknown) => {
    await bot.end('SIGTERM', endMs);
    throw error;
  });
  return {
    url,
    pid: () => bot.pid,
    async restart({ signal, downMs }) {
      await bot.end(signal, drainMs);
      await delay(downMs);
      if (closed) return;
      bot = launch(options);
      await waitUntilReady(bot, url, options);
    },
    async close() {
      closed = true;
      await bot.end('SIGTERM', endMs);
    },
  };
}

function launch({ env, logPath, host, port }: BotProcessOptions): LeashedProcess {
  return startLeashedProcess({
    program: 'src/main.ts',
    args: [],
    env: { NODE_COMPILE_CACHE: keptFiles, ...env, HOST: host, PORT: String(port) },
    folder: root,
    logPath,
  });
}

async function waitUntilReady(bot: LeashedProcess, url: string, start: Start): Promise<void> {
  let said = 'it does not answer yet';
  await waitWhileProgressing({
    ...start,
    name: 'the bot',
    progress: () => bot.progress(),
    state: () => `${said}. ${toLastLines(bot.output())}`,
    async isThere() {
      if (bot.hasExited()) throw new Error(`The bot ended while it started:\n${bot.output()}`);
      const response = await fetch(`${url}/readyz?strict`).catch(() => undefined);
      if (response?.ok) return true;
      said = response ? `not ready: ${await response.text()}` : said;
      return false;
    },
  });
}

function toLastLines(output: string): string {
  const lines = output.trim().split('\n').slice(-3);
  return lines.join('') === ''
    ? 'Its log is still empty.'
    : `Its log ends with:\n${lines.join('\n')}`;
}
