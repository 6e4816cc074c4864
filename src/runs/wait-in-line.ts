import { isApprovalStale } from '../domain/approval.ts';
import { findAhead } from '../domain/conditions.ts';
import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { Announcer } from './ports/announcer.ts';
import { conductedPhases, type TurnDeps } from './take-turns.ts';

export type WaitDeps = TurnDeps & {
  readonly active: ActiveRuns;
  readonly announcer: Announcer;
};

/**
 * Tells the conversations of runs that wait until fewer are conducted which place in line they have. Returns the runs that can't wait: those whose fault may
 * be active, which another process has left off, and those that only have to end.
 */
export async function showLine(
  waiting: readonly RunId[],
  deps: WaitDeps,
): Promise<readonly RunId[]> {
  const { active, announcer, clock } = deps;
  const open = waiting.length === 0 ? [] : await deps.runs.list({ phases: conductedPhases });
  const found = new Map(open.map((run) => [run.id, run]));
  const mayWait = (run: Run | undefined): run is Run =>
    run?.phase === 'approved' && !run.stop && !isApprovalStale(run, clock.now());
  const line = waiting
    .map((runId) => found.get(runId))
    .filter(mayWait)
    // One that waits for another run on its cluster says so already.
    .filter((run) => findAhead(run, open) === undefined);
  const before = active.line;
  active.line = line.map(({ id }) => id);
  for (const [ahead, run] of line.entries())
    if (before.indexOf(run.id) !== ahead) announcer.waits(run, ahead);
  return waiting.filter((runId) => !mayWait(found.get(runId)));
}
