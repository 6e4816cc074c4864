import type { RunId } from '../../domain/ids.ts';
import { isActive, needsCancel, type Phase, type Run } from '../../domain/run.ts';
import { settleWithin } from '../../time/settle-within.ts';
import { databaseSilent } from '../database-silent.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { StopRequest } from '../use-cases.ts';

/** The database has this long to name the runs that are meant; then everything of ours in Azure is cancelled. */
const readLimitMs = 1_000;

const conducted: readonly Phase[] = ['approved', 'baseline', 'inject', 'observe', 'recover'];

type FindDeps = { readonly runs: RunStore };

/** A request to stop, and when it was made, ms since the epoch. */
export type TimedStop = StopRequest & { readonly at: number };

/** The runs that a request to stop is about. */
export type Stoppable = {
  /** Those to be stopped or withdrawn. */
  readonly candidates: readonly Run[];
  /** Proposals that are left alone. */
  readonly waiting: readonly Run[];
  /** Ids that name no run. */
  readonly unknown: readonly RunId[];
  /** Named runs that have ended already. */
  readonly ended: readonly RunId[];
};

/** Whether a request to stop is about this run, which is conducted. */
export function isMeant(run: Run, { all, runIds, conversationId }: StopRequest): boolean {
  if (runIds) return runIds.includes(run.id);
  return all || run.origin.conversationId === conversationId;
}

/** Finds the runs that a request is about. Rejects with `store-unavailable` also when the database does not answer in time. */
export async function findStoppable(request: StopRequest, deps: FindDeps): Promise<Stoppable> {
  const found = await settleWithin(readLimitMs, readStoppable(request, deps));
  if (found) return found;
  throw databaseSilent();
}

async function readStoppable(request: StopRequest, { runs }: FindDeps): Promise<Stoppable> {
  const { runIds, all, keepProposals = false, conversationId } = request;
  if (runIds) {
    const named = await Promise.all([...new Set(runIds)].map((id) => runs.find(id)));
    const known = named.filter((run) => run !== undefined);
    const unknown = runIds.filter((id) => known.every((run) => run.id !== id));
    const ended = known.filter(({ phase }) => phase === 'ended').map(({ id }) => id);
    return {
      candidates: known.filter(({ id }) => !ended.includes(id)),
      waiting: [],
      unknown,
      ended,
    };
  }
  const here = all ? {} : { conversationId };
  const open = await runs.list({ phases: ['proposed', ...conducted], ...here });
  const withdraws = all && !keepProposals;
  const [candidates, waiting] = [
    open.filter((run) => withdraws || isStopped(run)),
    open.filter((run) => !withdraws && !isStopped(run)),
  ];
  return { candidates, waiting: all ? [] : waiting, unknown: [], ended: [] };
}

/** Whether the run is stopped at once; the others are proposals. */
export function isStopped(run: Run): boolean {
  return isActive(run) || needsCancel(run);
}
