import { Worker } from 'node:worker_threads';

export type Metronome = {
  /** Asks to be woken after `waitMs`, instead of when was asked before. */
  wakeIn(waitMs: number): void;
  stop(): void;
};

/**
 * Calls `onWake` when asked to, to about 0.1 ms where a timer of Node comes up to a millisecond late. It may come never, when its thread
 * could not start: have a timer beside it.
 */
export function startMetronome(onWake: () => void): Metronome {
  const wakeAt = new Float64Array(new SharedArrayBuffer(8)).fill(Infinity);
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('metronome-worker.ts', import.meta.url), {
    workerData: { wakeAt, turn },
    execArgv: [],
  });
  worker.on('message', onWake);
  worker.on('error', () => undefined);
  worker.unref();
  return {
    wakeIn(waitMs) {
      wakeAt[0] = Number(process.hrtime.bigint()) / 1e6 + waitMs;
      Atomics.add(turn, 0, 1);
      Atomics.notify(turn, 0);
    },
    stop: () => void worker.terminate(),
  };
}
