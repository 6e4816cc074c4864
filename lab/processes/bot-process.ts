import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLeashedProcess, type LeashedProcess } from './leashed-process.ts';

export type BotProcessOptions = {
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
const readyTimeoutMs = 60_000;
const drainMs = 15_000;

/** Starts the bot as anybody would, with nothing but an environment; resolves when it says that it is ready. */
export async function startBotProcess(options: BotProcessOptions): Promise<BotProcess> {
  const url = `http://${options.host}:${options.port}`;
  let bot = launch(options);
  let closed = false;
  await waitUntilReady(bot, url).catch(async (error: unknown) => {
    await bot.end('SIGTERM', drainMs);
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
      await waitUntilReady(bot, url);
    },
    async close() {
      closed = true;
      await bot.end('SIGTERM', drainMs);
    },
  };
}

function launch({ env, logPath, host, port }: BotProcessOptions): LeashedProcess {
  return startLeashedProcess({
    program: 'src/main.ts',
    args: [],
    env: { ...env, HOST: host, PORT: String(port) },
    folder: root,
    logPath,
  });
}

async function waitUntilReady(bot: LeashedProcess, url: string): Promise<void> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  let said = 'it does not answer';
  while (Date.now() < giveUpAt) {
    if (bot.hasExited()) throw new Error(`The bot ended while it started:\n${bot.output()}`);
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    if (response?.ok) return;
    said = (await response?.text()) ?? said;
    await delay(100);
  }
  throw new Error(`The bot did not become ready: ${said}\n${bot.output()}`);
}
