import { requireIntact } from '../domain/alteration.ts';
import { toApprovedRun } from '../domain/approval.ts';
import { ChaosError, toChaosError } from '../domain/chaos-error.ts';
import { phaseNotes } from '../domain/phase-notes.ts';
import type { ExecutionId } from '../domain/ids.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { claimLost, isClaimLost } from '../domain/claim-lost.ts';
import { advanceBy, writeInTime } from './advance.ts';
import {
  Drained,
  everyTick,
  isStopping,
  tickMs,
  type ConductContext,
  type Tick,
} from './conduct-context.ts';
import { askForEnd, isEnding, keepFailure } from './early-end.ts';
import { endUnlisted } from './end-unlisted.ts';
import { endFault, findTrip, readCluster } from './fault-watch.ts';
import { toTicksInDoubt } from './ticks-per-cancel.ts';

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
  const search = () => unlessLeft(faults.findStarted(run), context);
  let refused: unknown;
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
          refused = error;
          return search();
        })
    : search();
  const lost = await watchStart(run, { starting, calledOff, isFirst }, context);
  const executionId = await starting;
  if (executionId === 'called-off')
    return lost ? endLost(run, lost, context) : endCalledOff(run, nothingInjected, context);
  if (executionId !== undefined) return begin(run, executionId, lost, context);
  const { run: latest } = context.known;
  const unlisted = await endUnlisted(latest, unlistedIntro, context);
  if (unlisted) return unlisted;
  // It may have been called off before an interruption, so that nothing came of it.
  const isCalledOff = latest.trip !== undefined || isStopping(latest, context);
  if (isCalledOff) return endCalledOff(run, nothingListed, context);
  throw refused ?? neverStarted(run);
}

/** Records the execution of a start. A database that is away is waited for, unless it was for too long already; guards and a stop don't wait for it. */
async function begin(
  run: Run,
  executionId: ExecutionId,
  lost: ChaosError | undefined,
  context: ConductContext,
): Promise<Run> {
  const decide = (current: Run) => {
    // The answer to a commit may have been lost.
    if (current.executionId !== undefined) return toDecision([]);
    return toDecision([{ type: 'started', executionId }, ...toFailed(current, lost)]);
  };
  if (lost) return advanceBy(run, decide, context);
  const write = async () => {
    await writeInTime('execution', context, () => advanceBy(run, decide, context));
    const { run: latest } = context.known;
    return latest.executionId === undefined ? undefined : latest;
  };
  // Also by a process that is ending.
  const begun = await write();
  if (begun) return begun;
  const look = async ({ run: current, count }: Tick) => {
    const written = await write();
    if (written) return { done: written };
    const trip = findTrip(current, context);
    const isFirst = count === 0;
    if (trip || isEnding(current, context))
      await endFault({ ...current, executionId }, trip, context, { isFirst });
    return { note: phaseNotes.starting };
  };
  return everyTick<Run>(run, context, look, { mayBeAltered: true });
}

const unlistedIntro = 'Azure lists no execution of this start, but its fault was seen';

/** Why a run ends before its fault: after a guard, and after a person. */
type CalledOff = { readonly afterTrip: string; readonly afterStop: string };

const nothingInjected: CalledOff = {
  afterTrip: 'so nothing was injected.',
  afterStop: 'Stopped before any fault was injected.',
};
const nothingListed: CalledOff = {
  afterTrip: 'and Azure lists no execution of this start.',
  afterStop: 'Stopped, and Azure lists no execution of this start.',
};

/** A guard says that the service was not steady any more; without one a person has said stop. */
function endCalledOff(
  run: Run,
  { afterTrip, afterStop }: CalledOff,
  context: ConductContext,
): Promise<Run> {
  return advanceBy(
    run,
    (current) => {
      // A trip may not have been written down yet.
      const found = isStopping(current, context) ? undefined : context.monitor.findTrip();
      const trip = current.trip ?? found;
      const ended = trip
        ? ({ ending: 'not-steady', why: `${trip.reason}, ${afterTrip}` } as const)
        : ({ ending: 'stopped', why: afterStop } as const);
      return {
        events: [
          ...(found && !current.trip ? [{ type: 'guard-tripped', trip: found } as const] : []),
          { type: 'ended', verdict: null, ...ended },
        ],
        outcome: undefined,
      };
    },
    context,
  );
}

/** Why a run could not be looked at while it started, so that this process ended its fault. What a guard ended is known by that. */
function toFailed({ failure }: Run, lost: ChaosError | undefined): RunEvent[] {
  if (!lost || failure) return [];
  return [{ type: 'failed', message: lost.message, suggestion: lost.suggestion }];
}

const toDecision = (events: readonly RunEvent[]) => ({ events, outcome: undefined });

/** Ends a run whose start was called off because the run could not be looked at. */
function endLost(run: Run, lost: ChaosError, context: ConductContext): Promise<Run> {
  const why = `${lost.message} Nothing was injected.`;
  const ended = { type: 'ended', ending: 'failed', verdict: null, why } as const;
  return advanceBy(run, (current) => toDecision([...toFailed(current, lost), ended]), context);
}

type Starting = {
  /** Settles when it is known what came of the start. */
  readonly starting: Promise<unknown>;
  readonly calledOff: AbortController;
  /** Whether this process asks for the start, or looks for what an earlier request brought about. */
  readonly isFirst: boolean;
};

/**
 * Watches until it is known what came of a start, which may take two minutes: the fault may be active before Azure names its execution. A start that is not
 * sent yet is called off when a guard trips. Never rejects. Where the run can't be looked at any more, its fault is ended for as long as it
 * is in doubt. Returns the reason for that, where neither a guard nor a person is one.
 */
async function watchStart(
  run: Run,
  { starting, calledOff, isFirst }: Starting,
  context: ConductContext,
): Promise<ChaosError | undefined> {
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
    return { note: isFirst ? phaseNotes.starting : phaseNotes.searching };
  };
  try {
    await everyTick<void>(run, context, look, { hastened: settled.signal });
    return undefined;
  } catch (error) {
    // A request goes on: what comes of it is written down if this process lasts as long, or ended where the run is another's.
    if (error instanceof Drained || isClaimLost(error)) return undefined;
    context.deps.log.error({ runId: run.id, error }, 'A run can not be watched while it starts.');
    calledOff.abort();
    const { known, monitor } = context;
    void keepFailure(known.run, toChaosError(error), context);
    await endWhileInDoubt(settled.signal, context);
    const isTold = monitor.guardAlarm.trip !== undefined || isEnding(known.run, context);
    return isTold ? undefined : toChaosError(error);
  }
}

/** Asks Azure for the end of the fault until it is known what came of its start: each second until it accepts, and now and then after that. */
async function endWhileInDoubt(settled: AbortSignal, context: ConductContext): Promise<void> {
  const { deps, known, draining, claim } = context;
  const over = AbortSignal.any([settled, draining, claim.lost]);
  while (!over.aborted) {
    const { kind } = await askForEnd(known.run, context);
    await deps.clock.sleep(
      kind === 'accepted' ? toTicksInDoubt(deps.active.list()) * tickMs : tickMs,
      over,
    );
  }
}

/** A search that this process does not see the end of, or that has become another's, is over for it. */
function unlessLeft<Value>(
  search: Promise<Value>,
  { draining, claim }: ConductContext,
): Promise<Value> {
  const left = AbortSignal.any([draining, claim.lost]);
  return new Promise((resolve, reject) => {
    const leave = () => reject(claim.lost.aborted ? claimLost(claim.claim.runId) : new Drained());
    if (left.aborted) leave();
    left.addEventListener('abort', leave, { once: true });
    search.then(resolve, reject).finally(() => left.removeEventListener('abort', leave));
  });
}

function neverStarted(run: Run): ChaosError {
  return new ChaosError(
    'azure-not-found',
    `The start of run ${run.id} was asked for, but Azure lists no execution of it.`,
    {
      suggestion:
        'Check in the Azure portal that the experiment does not run, then propose it again.',
    },
  );
}
