import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { keptFiles } from '../../processes/kept-files.ts';
import type { Random } from '../../scoring/seeded-random.ts';
import type { ScoringMode } from '../../scoring/scoring-mode.ts';

export type Exit = {
  /** As a shell counts: 128 plus the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly finishedAt: number;
  /** The end of what it wrote to standard error. */
  readonly message: string;
};

/** A running container: one operating-system process. */
export type ContainerProcess = {
  readonly containerId: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly exited: Promise<Exit>;
  /** SIGTERM, then SIGKILL when it still runs after the grace period. */
  terminate(graceMs: number): void;
  kill(): void;
  setMode(mode: ScoringMode): void;
};

const MAX_MESSAGE_CHARS = 2_048;

/** Starts the program as a child that ends with this process, however this process ends. */
export function launchContainer(
  program: URL,
  env: Readonly<Record<string, string>>,
  random: Random,
): ContainerProcess {
  const child = fork(program, {
    execPath: process.execPath,
    execArgv: ['--max-old-space-size=32', '--max-semi-space-size=1'],
    env: { NODE_COMPILE_CACHE: keptFiles, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = waitForExit(child);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    containerId: `containerd://${Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('')}`,
    pid: child.pid ?? 0,
    startedAt: Date.now(),
    exited,
    kill: () => void child.kill('SIGKILL'),
    terminate(graceMs) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      void exited.then(() => clearTimeout(timer));
    },
    setMode(mode) {
      // A message to a process that has just died is lost with it.
      if (isRunning() && child.connected) child.send({ mode }, () => undefined);
    },
  };
}

function waitForExit(child: ChildProcess): Promise<Exit> {
  let message = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    message = (message + text).slice(-MAX_MESSAGE_CHARS);
  });
  const { promise, resolve } = Promise.withResolvers<Exit>();
  const settle = (exitCode: number) => resolve({ exitCode, finishedAt: Date.now(), message });
  child.once('exit', (code, signal) =>
    settle(code ?? 128 + constants.signals[signal ?? 'SIGKILL']),
  );
  child.once('error', (error) => {
    message += error.message;
    if (child.pid === undefined) settle(128);
  });
  return promise;
}
