import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import type {
  MeasuredPrediction,
  PredictionResult,
  ResultBatch,
} from '../../src/domain/prediction-result.ts';
import { createAsk } from './scripted-service.ts';

/** A batch, and when the main thread of the prober's process got it. */
export type ReceivedBatch = ResultBatch & { readonly receivedAt: number };

/** A prober in a process of its own, so that the process can be stopped, its main thread blocked and its worker killed. */
export type ProberProcess = {
  readonly pid: number;
  start(service: ScoringService, seed?: number): Promise<void>;
  startedAt(): Promise<number | undefined>;
  /** Blocks the main thread, as a slow report does. Resolves afterwards. */
  block(durationMs: number): Promise<void>;
  /** Lets as many operations hang as libuv has threads, as a stalled disk does. Resolves at once. */
  stallThreadPool(durationMs: number): Promise<void>;
  /** Ends the worker thread from outside. */
  killWorker(): Promise<void>;
  /** How many worker threads were started. */
  countWorkers(): Promise<number>;
  batches(): Promise<readonly ReceivedBatch[]>;
  /** Ends the session; returns every batch. */
  stop(): Promise<readonly ReceivedBatch[]>;
  cpuMs(): Promise<number>;
  kill(): Promise<void>;
};

export async function startProberProcess(): Promise<ProberProcess> {
  const path = fileURLToPath(new URL('prober-process-main.ts', import.meta.url));
  const child = fork(path, [], { execArgv: [], serialization: 'advanced' });
  const ask = createAsk(child);
  await ask('ready');
  return {
    pid: child.pid ?? 0,
    start: async (service, seed) => void (await ask('start', { service, seed })),
    startedAt: async () => (await ask('startedAt')) as number | undefined,
    block: async (durationMs) => void (await ask('block', durationMs)),
    stallThreadPool: async (durationMs) => void (await ask('stallThreadPool', durationMs)),
    killWorker: async () => void (await ask('killWorker')),
    countWorkers: async () => (await ask('countWorkers')) as number,
    batches: async () => (await ask('batches')) as readonly ReceivedBatch[],
    stop: async () => (await ask('stop')) as readonly ReceivedBatch[],
    cpuMs: async () => (await ask('cpuMs')) as number,
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export function listResults(batches: readonly ResultBatch[]): readonly PredictionResult[] {
  return batches.flatMap(({ results }) => results);
}

export function listMeasured(batches: readonly ResultBatch[]): readonly MeasuredPrediction[] {
  return listResults(batches).filter((result) => result.kind === 'measured');
}

/** How many predictions results account for. */
export function countDue(results: readonly PredictionResult[]): number {
  return results.reduce((sum, each) => sum + (each.kind === 'unmeasured-span' ? each.count : 1), 0);
}
