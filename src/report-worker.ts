import { parentPort } from 'node:worker_threads';
import { writeReport, type ReportOrder } from './write-report.ts';

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
