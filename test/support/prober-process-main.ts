/** The process of a prober: see prober-process.ts. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, open, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import { createProber } from '../../src/predictions/prober.ts';
import type { ProbeSession } from '../../src/runs/ports/prediction-probe.ts';
import type { ReceivedBatch } from './prober-process.ts';

const batches: ReceivedBatch[] = [];
const workers: Worker[] = [];
const offsetMs = Date.now() - performance.now();
process.on('worker', (worker) => workers.push(worker));

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const prober = createProber({
  keyOf: () => undefined,
  readToken: () => Promise.reject(new Error('no identity')),
  log: silent,
});
let session: ProbeSession | undefined;

/** How many threads libuv has unless it is told otherwise. */
const poolThreads = 4;

const commands: Record<string, (value: unknown) => unknown> = {
  ready: () => undefined,
  start(value) {
    const { service, seed } = value as { service: ScoringService; seed?: number };
    session = prober.start(service, {
      onResults: (batch) => batches.push({ ...batch, receivedAt: offsetMs + performance.now() }),
      ...(seed === undefined ? {} : { seed }),
    });
  },
  startedAt: () => session?.startedAt(),
  block: (value) =>
    void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, value as number),
  stallThreadPool(value) {
    const folder = mkdtempSync(join(tmpdir(), 'fifo-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Opening one to read waits for somebody who writes.
    for (let thread = 0; thread < poolThreads; thread += 1)
      open(fifo, 'r', (_error, file) => closeSync(file));
    setTimeout(() => {
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
      rmSync(folder, { recursive: true });
    }, value as number);
  },
  killWorker: () => workers.at(-1)?.terminate(),
  countWorkers: () => workers.length,
  batches: () => batches,
  stop: async () => {
    await session?.stop();
    return batches;
  },
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};

process.on(
  'message',
  ({ id, what, value }: { id: number; what: string; value: unknown }) =>
    void Promise.resolve(commands[what]?.(value)).then((result) =>
      process.send?.({ id, value: result }),
    ),
);
process.on('disconnect', () => process.exit());
