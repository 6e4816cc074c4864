import { toExpiry } from './decide-approval.ts';
import type { Clock } from './ports/clock.ts';
import { record, type RecordDeps } from './record.ts';

/** Ends every proposal whose time to be approved is over. To be called now and then; calling it twice changes nothing. */
export async function expireProposals(deps: RecordDeps & { readonly clock: Clock }): Promise<void> {
  const open = await deps.runs.list({ phases: ['proposed'] });
  const overdue = open.filter(({ proposal }) => proposal.expiresAt <= deps.clock.now());
  for (const { id } of overdue) {
    await record(
      id,
      (run, { now }) => ({
        events: now < run.proposal.expiresAt ? [] : toExpiry(run),
        outcome: undefined,
      }),
      deps,
    );
  }
}
