import type { CancelRefusal } from '../../domain/cancel-outcome.ts';
import { ChaosError, toChaosError } from '../../domain/chaos-error.ts';
import { runNotFound } from '../../domain/run-not-found.ts';
import type { Run } from '../../domain/run.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { MeasuredUntil, StopOutcome } from '../../domain/stop-outcome.ts';
import { sortVisible, type EntitleDeps } from '../entitle.ts';
import type { Clock } from '../ports/clock.ts';
import type { StopRequest } from '../use-cases.ts';
import { cancelBlindly, type CancelBlindlyDeps } from './cancel-blindly.ts';
import { cancelNow, type Cancelling } from './cancel-now.ts';
import { findStoppable, isMeant, type TimedStop } from './find-stoppable.ts';
import { stopOne, type Stopped, type StopOneDeps } from './stop-one.ts';

export type StopDeps = StopOneDeps &
  CancelBlindlyDeps &
  EntitleDeps & { readonly clock: Pick<Clock, 'now'> };

/**
 * Stops runs, for anybody and in any state. Ending a fault waits for neither the database nor the directory: what this process conducts is cancelled first, and
 * when the database does not answer, everything of ours that runs in Azure is.
 */
export async function stopRun(request: StopRequest, deps: StopDeps): Promise<StopOutcome> {
  const timed = { ...request, at: deps.clock.now() };
  return finishStop(timed, stopHere(timed, deps), deps);
}

/** Stops the runs that are meant as far as this process conducts them; their cancels are on their way when it returns. */
export function stopHere(
  request: TimedStop,
  deps: Pick<StopDeps, 'active' | 'faults' | 'log' | 'announcer'>,
): Cancelling {
  const meant = deps.active.list().filter((run) => isMeant(run, request));
  return new Map(
    meant.map((run) => {
      deps.active.stop(run.id, request);
      return [run.id, cancelNow(run, deps)];
    }),
  );
}

/** Stops the others that the database names, records who stopped what, and says what was done. */
export async function finishStop(
  request: TimedStop,
  here: Cancelling,
  deps: StopDeps,
): Promise<StopOutcome> {
  const found = await findStoppable(request, deps).catch((error: unknown) => toChaosError(error));
  if (found instanceof ChaosError) return cancelBlindly(found, request, here, deps);
  const { candidates, waiting, unknown, ended } = found;
  if (candidates.length === 0 && request.runIds?.length === unknown.length && unknown[0])
    throw runNotFound(unknown[0]);
  if (candidates.length === 0)
    return { kind: 'nothing-to-stop', waiting: await show(waiting, request, deps), unknown, ended };
  const { stopped, kept } = await stopEach(candidates, request, here, deps);
  const runs = stopped.map(({ run }) => run);
  const visible = await sortVisible(request.by, runs, deps);
  return {
    kind: 'stopping',
    ...visible,
    waiting: await show([...waiting, ...kept], request, deps),
    unknown,
    ended,
    measured: visible.runs.flatMap((run) => toMeasured(run, request, deps)),
    disallowed: stopped.flatMap(({ run, rule }) => (rule ? [{ runId: run.id, rule }] : [])),
    unkept: stopped.flatMap(({ run, isUnkept }) => (isUnkept ? [run.id] : [])),
    refused: stopped.flatMap(({ run, refusal }) => {
      if (!refusal) return [];
      const isHidden = visible.hidden.includes(run.id);
      return [{ runId: run.id, refusal: isHidden ? withoutWords(refusal) : refusal }];
    }),
  };
}

/** Until when a run is measured whose fault is gone; only the process that conducts it knows. */
function toMeasured(
  run: Run,
  { by }: StopRequest,
  { active }: Pick<StopDeps, 'active'>,
): readonly MeasuredUntil[] {
  if (run.phase !== 'recover') return [];
  const isRecorded = run.lateStop?.by.id === by.id;
  const measured: MeasuredUntil = { runId: run.id, ...(isRecorded ? { isRecorded } : {}) };
  const { phase, note, endsAt } = active.progressOf(run.id) ?? {};
  if (phase !== 'recover' || endsAt === undefined) return [measured];
  if (note === phaseNotes.after) return [{ ...measured, until: endsAt }];
  return [{ ...measured, until: endsAt + run.proposal.baselineMs, isLatest: true }];
}

/** Azure's words name the experiment, which is not for somebody who may not see the run. */
function withoutWords({ problem, status, heldUntil }: CancelRefusal): CancelRefusal {
  return {
    problem,
    ...(status === undefined ? {} : { status }),
    ...(heldUntil === undefined ? {} : { heldUntil }),
    sentence: '',
    suggestion: 'Ask an approver of the run to end its fault in Azure.',
  };
}

/**
 * Stops all of them. `kept` are proposals that the person may not withdraw; when there is nothing else, that is an error. Rejects after all were tried.
 */
async function stopEach(
  candidates: readonly Run[],
  request: TimedStop,
  here: Cancelling,
  deps: StopDeps,
): Promise<{ readonly stopped: readonly Stopped[]; readonly kept: readonly Run[] }> {
  const outcomes = await Promise.allSettled(
    candidates.map((run) => stopOne(run, request, here, deps)),
  );
  const stopped = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const kept: Run[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue;
    const error = toChaosError(outcome.reason);
    const run = candidates[index];
    if (!run || error.code !== 'not-entitled' || stopped.length === 0) throw error;
    kept.push(run);
  }
  return { stopped, kept };
}

async function show(waiting: readonly Run[], { by }: StopRequest, deps: StopDeps) {
  return (await sortVisible(by, waiting, deps)).runs;
}
