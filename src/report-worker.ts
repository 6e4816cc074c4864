import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { writeReport, type ReportOrder } from './write-report.ts';

// On Linux a priority is that of the calling thread, elsewhere that of the process: predictions leave on time while reports are written.
if (process.platform === 'linux') {
  setPriority(constants.priority.PRIORITY_LOW);
  runWhenIdle();
}

/** Sets SCHED_IDLE for this thread: the lowest priority alone still keeps a core for a slice of the scheduler. Without `chrt` (util-linux) that has to do. */
function runWhenIdle(): void {
  const thread = basename(readlinkSync('/proc/thread-self'));
  execFile('chrt', ['--idle', '--pid', '0', thread], () => undefined);
}

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
