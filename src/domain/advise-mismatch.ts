import { findEndedBy } from './ended-early.ts';
import { listCarriedMs, type Mismatch } from './injection.ts';
import type { Run } from './run.ts';

/** What to do where somebody cancelled the execution of a fault. */
export const findCanceller = 'Find out who cancelled the execution in Azure';

/**
 * Returns what to find out about a fault that was another one than approved, as sentences without their ends; none where it was as approved, or where only its
 * length differed and the run knows what ended it.
 */
export function listMismatchTasks(run: Run): readonly string[] {
  const tasks = (run.injection?.mismatches ?? []).map((mismatch) => toTask(mismatch, run));
  return [...new Set(tasks.filter((task) => task !== undefined))];
}

function toTask(mismatch: Mismatch, run: Run): string | undefined {
  switch (mismatch.code) {
    case 'more-pods':
    case 'other-pods':
      return 'Find out what injected another fault';
    case 'fewer-pods':
      return 'Find out why the fault hit fewer pods than were approved';
    case 'not-replaced':
      return 'Find out what ended the pod, and why no other was made';
    case 'too-short':
      return toShortTask(mismatch.lastedMs, run);
    case 'too-long':
      return toLongTask(mismatch.lastedMs, run);
  }
}

/** Nobody has to look for what this bot asked for. */
function toShortTask(lastedMs: number, run: Run): string | undefined {
  switch (findEndedBy(run)) {
    case 'guard':
    case 'person':
      return undefined;
    case 'elsewhere':
      return findCanceller;
    case 'failure':
      return 'Find out why the execution failed in Azure';
    case undefined:
      return listCarriedMs(run.injection?.hit).includes(lastedMs)
        ? 'Find out who removed the fault on the cluster, for example by restoring an image or by deleting its Chaos Mesh object'
        : 'Find out why the execution ended early in Azure';
  }
}

function toLongTask(lastedMs: number, { execution }: Run): string {
  const { startedAt = Infinity, stoppedAt = -Infinity } = execution ?? {};
  return stoppedAt - startedAt >= lastedMs
    ? 'Find out why the execution took so long in Azure'
    : 'Find out why Chaos Mesh did not remove the fault in time: look at the log of its controller';
}
