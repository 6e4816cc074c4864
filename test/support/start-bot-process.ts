import { spawn } from 'node:child_process';
import { rightEnvironment } from './config-problems.ts';

export type Ended = {
  /** Null for a bot that was ended because it listened. */
  readonly code: number | null;
  /** What it wrote to standard error. */
  readonly said: string;
  /** What it wrote to standard output, its log. */
  readonly logged: string;
};

export type StartOptions = {
  /** Another program than the bot. */
  readonly program?: string;
  /** `--check` and the like. */
  readonly args?: readonly string[];
  /** The account to run as, for what root may do and others may not. */
  readonly uid?: number;
};

/** Starts `src/main.ts` as a process of its own and waits until it ends or listens. */
export function runBot(
  env: Readonly<Record<string, string>>,
  { program = 'src/main.ts', args = [], uid }: StartOptions = {},
): Promise<Ended> {
  const bot = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...rightEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  let said = '';
  bot.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  let logged = '';
  bot.stdout.on('data', (chunk: Buffer) => {
    logged += chunk.toString();
    // A bot that starts, perhaps against all expectation, would not end.
    if (logged.includes('is listening')) bot.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    bot.once('error', reject);
    bot.once('close', (code) => resolve({ code, said, logged }));
  });
}
