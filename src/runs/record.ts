import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { Announcer } from './ports/announcer.ts';
import type { Decide, RunStore } from './ports/run-store.ts';

export type RecordDeps = { readonly runs: RunStore; readonly announcer: Announcer };

/** Commits what `decide` says of the run as it is now, then tells the conversation. Nothing is told that is not committed. */
export async function record<Outcome>(
  runId: RunId,
  decide: Decide<Outcome>,
  { runs, announcer }: RecordDeps,
): Promise<{ run: Run; outcome: Outcome }> {
  let changed = false;
  const committed = await runs.transact<Outcome>(runId, (run, state) => {
    const decision = decide(run, state);
    changed = decision.events.length > 0;
    return decision;
  });
  if (changed) announcer.runChanged(committed.run);
  return committed;
}
