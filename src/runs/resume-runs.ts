import type { Log } from './ports/log.ts';
import type { RunStore } from './ports/run-store.ts';

/** Puts every run that was being conducted when the process ended back to work, whatever became of its job. */
export async function resumeRuns({
  runs,
  log,
}: {
  readonly runs: RunStore;
  readonly log: Log;
}): Promise<void> {
  const interrupted = await runs.list({
    phases: ['approved', 'baseline', 'inject', 'observe', 'recover'],
  });
  for (const { id, phase } of interrupted) {
    log.info({ runId: id, phase }, 'Going on with a run.');
    await runs.transact(id, () => ({ events: [], conduct: true, outcome: undefined }));
  }
}
