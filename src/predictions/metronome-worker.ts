/** Sleeps until the time that the main thread set last, and then says so. A thread that does nothing else wakes far nearer to it than a timer. */
import { parentPort, workerData } from 'node:worker_threads';

const { wakeAt, turn } = workerData as { wakeAt: Float64Array; turn: Int32Array };
let done = Infinity;

for (;;) {
  const current = Atomics.load(turn, 0);
  const at = wakeAt[0] ?? Infinity;
  const waitMs = at === done ? Infinity : at - Number(process.hrtime.bigint()) / 1e6;
  if (Atomics.wait(turn, 0, current, Math.max(0, waitMs)) !== 'timed-out') continue;
  done = at;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows, this is a thread
  parentPort?.postMessage(0);
}
