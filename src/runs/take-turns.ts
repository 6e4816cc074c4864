import { isApprovalStale } from '../domain/approval.ts';
import { findAhead } from '../domain/conditions.ts';
import type { Phase, Run } from '../domain/run.ts';
import type { Clock } from './ports/clock.ts';
import type { RunStore } from './ports/run-store.ts';

export type TurnDeps = { readonly runs: RunStore; readonly clock: Clock };

/** The phases of a run that was approved and has not ended. */
export const conductedPhases: readonly Phase[] = [
  'approved',
  'baseline',
  'inject',
  'observe',
  'recover',
];

/** Whether an approved run may begin: no other goes on on its cluster or was approved before it. One that only has to end never waits. */
export async function isItsTurn(run: Run, { runs, clock }: TurnDeps): Promise<boolean> {
  if (run.phase !== 'approved' || run.stop || isApprovalStale(run, clock.now())) return true;
  return findAhead(run, await runs.list({ phases: conductedPhases })) === undefined;
}

/** Puts those to work whose turn has come. To be called now and then; calling it twice changes nothing. */
export async function takeTurns(deps: TurnDeps): Promise<void> {
  const approved = await deps.runs.list({ phases: ['approved'] });
  for (const run of approved.filter(({ queuedBehind }) => queuedBehind !== undefined)) {
    if (await isItsTurn(run, deps))
      await deps.runs.transact(run.id, () => ({ events: [], conduct: true, outcome: undefined }));
  }
}
