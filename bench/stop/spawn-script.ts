import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a script of this folder in a process of its own. */
export function spawnScript(name: string, ...words: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL(name, import.meta.url));
  return spawn(process.execPath, [script, ...words], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}
