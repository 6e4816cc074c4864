import { ChaosError, toChaosError } from '../domain/chaos-error.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { mayHaveFault, type Phase, type Run } from '../domain/run.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { FaultGateway, Log } from './ports.ts';
import { record, type RecordDeps } from './record.ts';
import type { StopOutcome, StopRequest } from './use-cases.ts';

export type StopDeps = RecordDeps & {
  readonly active: ActiveRuns;
  readonly faults: FaultGateway;
  readonly log: Log;
};

/**
 * Stops runs, for anybody and in any state. Ending a fault never waits for the database: what this process conducts is told first, and when the
 * database does not answer, everything of ours that runs in Azure is cancelled.
 */
export async function stopRun(request: StopRequest, deps: StopDeps): Promise<StopOutcome> {
  if (request.all) deps.active.stopAll();
  if (request.runId) deps.active.stop(request.runId);
  const candidates = await findCandidates(request, deps).catch((error: unknown) =>
    toStoreFailure(error),
  );
  if (candidates instanceof ChaosError) {
    deps.log.error(
      { error: candidates },
      'Stop found no database; cancelling everything in Azure.',
    );
    deps.active.stopAll();
    return { kind: 'cancelled-blindly', experiments: await deps.faults.cancelAll() };
  }
  if (candidates.length === 0) return { kind: 'nothing-to-stop' };
  const isChoice = candidates.length > 1 && !request.all;
  if (isChoice) return { kind: 'which', runs: candidates };
  return {
    kind: 'stopping',
    runs: await Promise.all(candidates.map((run) => stopOne(run, request, deps))),
  };
}

function toStoreFailure(thrown: unknown): ChaosError {
  const error = toChaosError(thrown);
  if (error.code === 'run-not-found') throw error;
  return error;
}

const stoppable: readonly Phase[] = [
  'proposed',
  'approved',
  'baseline',
  'inject',
  'observe',
  'recover',
];

async function findCandidates(request: StopRequest, { runs }: StopDeps): Promise<readonly Run[]> {
  if (request.runId) {
    const run = await runs.find(request.runId);
    if (!run) throw runNotFound(request.runId);
    return run.phase === 'ended' ? [] : [run];
  }
  return request.all
    ? runs.list({ phases: request.keepProposals ? stoppable.slice(1) : stoppable })
    : runs.list({ phases: stoppable, conversationId: request.conversationId });
}

async function stopOne(run: Run, { by, via }: StopRequest, deps: StopDeps): Promise<Run> {
  deps.active.stop(run.id);
  const stopping: RunEvent = { type: 'stop-requested', by, via };
  const [cancelled, recorded] = await Promise.allSettled([
    mayHaveFault(run) ? deps.faults.cancel(run) : undefined,
    record(
      run.id,
      (current) => ({ events: toStopEvents(current, stopping), outcome: undefined }),
      deps,
    ),
  ]);
  for (const part of [cancelled, recorded]) {
    if (part.status === 'rejected')
      deps.log.error({ runId: run.id, error: part.reason }, 'A part of stop failed.');
  }
  if (recorded.status === 'fulfilled') return recorded.value.run;
  // Not written down but cancelled is stopped; neither must not be called so.
  if (!mayHaveFault(run) || cancelled.status === 'rejected') throw toChaosError(recorded.reason);
  return run;
}

/** A proposal ends at once; a run that is conducted is ended by its conductor; one whose fault is gone is ending already. */
function toStopEvents(
  run: Run,
  stopping: Extract<RunEvent, { type: 'stop-requested' }>,
): RunEvent[] {
  if (run.phase === 'ended' || run.phase === 'recover' || run.stop) return [];
  if (run.phase !== 'proposed') return [stopping];
  const why = 'Withdrawn before it was approved.';
  return [stopping, { type: 'ended', ending: 'stopped', verdict: null, why }];
}

export function runNotFound(runId: string): ChaosError {
  return new ChaosError('run-not-found', `There is no run ${runId}.`, {
    suggestion: 'Use `history` to see the runs of this conversation.',
  });
}
