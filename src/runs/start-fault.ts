import { requireIntact } from '../domain/alteration.ts';
import { toApprovedRun } from '../domain/approval.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { phaseNotes } from '../domain/phase-notes.ts';
import type { Run } from '../domain/run.ts';
import {
  advance,
  advanceBy,
  everyTick,
  isStopping,
  type ConductContext,
  type Tick,
} from './conduct-context.ts';
import { endFault, findTrip, isEnding, readCluster } from './fault-watch.ts';

/**
 * Asks for the start of a fault whose request is committed, where this process committed it, or looks for what an earlier request brought about. Returns the run
 * with its execution, or its end where nothing was started. Rejects when it is not known what came of the request.
 */
export async function startFault(
  run: Run,
  isFirst: boolean,
  context: ConductContext,
): Promise<Run> {
  const { faults, log } = context.deps;
  if (isFirst) requireIntact(run);
  const approved = toApprovedRun(run);
  const experimentName = run.experimentName;
  if (!approved || experimentName === undefined)
    throw new TypeError(`Run ${run.id} is not ready to start.`);
  const calledOff = new AbortController();
  const starting = isFirst
    ? faults
        .start(
          { ...approved, experimentName },
          AbortSignal.any([context.stopped, calledOff.signal]),
        )
        .catch(async (error: unknown) => {
          context.claim.requireHeld();
          log.warn(
            { runId: run.id, error },
            'The start was not confirmed; looking for what it brought about.',
          );
          const found = await faults.findStarted(run);
          if (found === undefined) throw error;
          return found;
        })
    : faults.findStarted(run);
  await watchStart(run, { starting, calledOff }, context);
  const executionId = await starting;
  // It may have been called off before an interruption, so that nothing came of it.
  if (executionId === 'called-off' || (executionId === undefined && isStopping(run, context)))
    return endCalledOff(run, context);
  if (executionId === undefined) throw neverStarted(run);
  return advance(run, [{ type: 'started', executionId }], context);
}

/** A guard says that the service was not steady any more; without one a person has said stop. */
function endCalledOff(run: Run, context: ConductContext): Promise<Run> {
  return advanceBy(
    run,
    ({ trip }) => {
      const ended = trip
        ? ({ ending: 'not-steady', why: `${trip.reason}, so nothing was injected.` } as const)
        : ({ ending: 'stopped', why: 'Stopped before any fault was injected.' } as const);
      return { events: [{ type: 'ended', verdict: null, ...ended }], outcome: undefined };
    },
    context,
  );
}

/**
 * Watches until it is known what came of a start, which may take more than a minute: the fault may be active before Azure names its execution. A start that is
 * not sent yet is called off when a guard trips. Never rejects: what goes wrong here shows again once the execution is known, and can be ended.
 */
async function watchStart(
  run: Run,
  { starting, calledOff }: { starting: Promise<unknown>; calledOff: AbortController },
  context: ConductContext,
): Promise<void> {
  const settled = new AbortController();
  const settle = () => settled.abort();
  starting.then(settle, settle);
  const look = async ({ run: current }: Tick) => {
    if (settled.signal.aborted) return { done: undefined };
    readCluster(current, context);
    const trip = findTrip(current, context);
    if (trip || isEnding(current, context)) {
      calledOff.abort();
      await endFault(current, trip, context);
    }
    return { note: phaseNotes.starting };
  };
  await everyTick<void>(run, context, look, settled.signal).catch(() => undefined);
}

function neverStarted(run: Run): ChaosError {
  return new ChaosError(
    'azure-not-found',
    `The start of run ${run.id} was asked for, but no execution came of it.`,
    {
      suggestion: 'Nothing was injected. Propose the experiment again.',
    },
  );
}
