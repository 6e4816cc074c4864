import { rename, rm, writeFile } from 'node:fs/promises';
import { Closing } from './closing.ts';
import { killLeashedProcesses } from './processes/leashed-process.ts';
import { parseLabOptions, usage, type LabOptions } from './lab-options.ts';
import { startLab, type Lab } from './start-lab.ts';

const startedAt = performance.now();
/** Two signals so close together are one Ctrl-C. */
const sameKeyMs = 300;
/** What has not ended by then is killed. */
const killAfterMs = 4_000;
const exitAfterMs = 5_000;

/** Starts the lab and keeps it until Ctrl-C or SIGTERM; then, and when anything fails, nothing is left. */
async function main(options: LabOptions): Promise<void> {
  const closing = new Closing();
  const ending = new AbortController();
  let code = 0;
  let endingSince = 0;
  const end = (exitCode: number): void => {
    if (ending.signal.aborted) return;
    code = exitCode;
    endingSince = performance.now();
    ending.abort(new Error('The lab was told to end.'));
    say('Ending; Ctrl-C again kills what is left.');
    endByForce(() => code);
  };
  process.on('SIGINT', () => {
    // The terminal and npm each send the signal of one Ctrl-C.
    const isSecond = ending.signal.aborted && performance.now() - endingSince > sameKeyMs;
    if (isSecond) return kill('Killed by the second Ctrl-C.', code);
    end(0);
  });
  process.on('SIGTERM', () => end(0));
  process.on('SIGHUP', () => end(0));
  endWithNpm(() => end(0));
  process.on('uncaughtException', (error) => {
    complain(error);
    end(1);
  });
  try {
    const lab = await startLab({ options, closing, say, signal: ending.signal });
    await announce(lab, options, closing);
    await untilAborted(ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) {
      complain(error);
      code = 1;
    }
  }
  await closing.close().catch(complain);
  process.exit(code);
}

/** Ends whatever is left: first the programs of the lab, then the lab. */
function endByForce(code: () => number): void {
  setTimeout(killLeashedProcesses, killAfterMs).unref();
  setTimeout(() => kill('Killed what did not end in time.', code()), exitAfterMs).unref();
}

function kill(why: string, code: number): never {
  say(why);
  killLeashedProcesses();
  process.exit(code);
}

async function announce({ addresses }: Lab, options: LabOptions, closing: Closing): Promise<void> {
  const { readyFile } = options;
  if (readyFile !== undefined) {
    const part = `${readyFile}.part`;
    await writeFile(part, `${JSON.stringify(addresses, undefined, 2)}\n`, { mode: 0o600 });
    await rename(part, readyFile);
    closing.add(() => rm(readyFile, { force: true }));
  }
  say(`Ready. kubectl --kubeconfig ${addresses.kubeconfigPath} get pods -o wide`);
  say(`Break the lab itself with ${addresses.labUrl}/faults`);
  if (addresses.playgroundUrl !== undefined)
    say(`Open ${addresses.playgroundUrl} and say: /chaos run pod-failure`);
  say('Ctrl-C ends it.');
}

/** npm passes signals on to a shell that keeps them to itself; what it leaves behind is an orphan. */
function endWithNpm(end: () => void): void {
  if (process.env['npm_lifecycle_event'] !== 'lab') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 500).unref();
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  // A promise alone keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  return promise.finally(() => clearInterval(alive));
}

function say(line: string): void {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`${seconds.padStart(5)} s  ${line}\n`);
}

function complain(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

try {
  const options = parseLabOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(`${usage}\n`);
  else await main(options);
} catch (error) {
  complain(error);
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
}
