import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { writeReport, type ReportOrder } from './write-report.ts';

// On Linux a priority is that of the calling thread, elsewhere that of the process: predictions leave on time while reports are written.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

/** A thread that writes reports, one after the other. */
parentPort?.on('message', ({ id, order }: { id: number; order: ReportOrder }) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  parentPort?.postMessage({ id, ...tryToWrite(order) });
});

function tryToWrite(order: ReportOrder) {
  try {
    return { written: writeReport(order) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}
