import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type BotProcess = { readonly url: string; kill(): Promise<void> };

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Starts `npm start` in a process of its own; resolves when it listens. */
export async function startBot(env: Readonly<Record<string, string>>): Promise<BotProcess> {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const { url } = parse(line);
    if (!url) continue;
    child.stdout.resume();
    return {
      url,
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
  throw new Error('The bot ended before it listened.');
}

function parse(line: string): { url?: string } {
  try {
    return JSON.parse(line) as { url?: string };
  } catch {
    return {};
  }
}
