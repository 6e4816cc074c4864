import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readCpuTicks } from './cpu-time.ts';

export type LeashedProcessOptions = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What it writes is appended here. */
  readonly logPath: string;
  /** Modules that it loads first, as file URLs. */
  readonly preloads?: readonly string[];
};

export type LeashedProcess = {
  readonly pid: number;
  /** What it has written to standard output and error, the last part of it. */
  output(): string;
  /** Changes while the program works: when it writes, or uses the processor. */
  progress(): string;
  readonly exited: Promise<void>;
  hasExited(): boolean;
  /** Sends the signal, and SIGKILL when it is still there after the grace period; resolves when it has exited. */
  end(signal: NodeJS.Signals, graceMs: number): Promise<void>;
};

const leash = new URL('leash.ts', import.meta.url).href;
const keptOutput = 20_000;
const running = new Set<ChildProcess>();

/** Kills every program that this process started and that still runs. */
export function killLeashedProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts a Node program that ends when this process does. */
export function startLeashedProcess(options: LeashedProcessOptions): LeashedProcess {
  const { program, args, env, folder, logPath, preloads = [] } = options;
  const imports = [leash, ...preloads].flatMap((url) => ['--import', url]);
  const child: ChildProcess = spawn(process.execPath, [...imports, program, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let output = '';
  let written = 0;
  const log = createWriteStream(logPath, { flags: 'a' });
  const keep = (text: string) => {
    output = (output + text).slice(-keptOutput);
    written += text.length;
    log.write(text);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  const exited = once(child, 'close').then(() => {
    running.delete(child);
    return void log.end();
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    progress: () => `${written} ${readCpuTicks(child.pid ?? 0)}`,
    exited,
    hasExited,
    async end(signal, graceMs) {
      if (!hasExited()) child.kill(signal);
      const patience = new AbortController();
      const late = delay(graceMs, true, patience).catch(() => false);
      if (await Promise.race([exited.then(() => false), late])) child.kill('SIGKILL');
      patience.abort();
      await exited;
    },
  };
}
