import { alterationAdvice } from '../domain/alteration.ts';
import type { CancelRefusal } from '../domain/cancel-outcome.ts';
import { ChaosError, toChaosError } from '../domain/chaos-error.ts';
import { isClaimLost } from '../domain/claim-lost.ts';
import type { RunId } from '../domain/ids.ts';
import { mayHaveFault, needsCancel, type Run } from '../domain/run.ts';
import { concludeRun } from '../domain/verdict.ts';
import { advance, advanceBy } from './advance.ts';
import {
  Drained,
  keepCheckpoint,
  tickMs,
  type ConductContext,
  type ConductDeps,
} from './conduct-context.ts';
import { requireCancel } from './end-fault.ts';
import { endUnlisted } from './end-unlisted.ts';
import { askForEnd, takeKeptEnd, keepFailure, toKeptFailure, type KeptEnd } from './early-end.ts';
import { cancelOnAlarm } from './fault-watch.ts';
import { ExecutionSight } from './execution-sight.ts';
import { toKeptEvidence } from './fault-evidence.ts';
import { fence } from './fence.ts';
import { HeldClaim } from './held-claim.ts';
import { baseline } from './phases/baseline.ts';
import { inject } from './phases/inject.ts';
import { observe } from './phases/observe.ts';
import { recover } from './phases/recover.ts';
import { settleWithin } from '../time/settle-within.ts';
import { isLongOver } from './read-execution.ts';
import { RunMonitor } from './run-monitor.ts';
import type { Checkpoint } from './ports/checkpoint-store.ts';
import { isItsTurn } from './take-turns.ts';

/**
 * Conducts an approved run from where it stands to its end: baseline, inject, observe, recover. Called again after a restart, it goes on
 * with the phase that the journal names. Rejects when the process drains or the journal is out of reach, so that the job is taken again. Ends quietly when
 * another process has taken the run over; `released` aborts when the job was given to another worker.
 */
export async function conductRun(
  runId: RunId,
  deps: ConductDeps,
  draining: AbortSignal,
  released?: AbortSignal,
): Promise<void> {
  // The run is read after this: what whoever conducted it before has written is all there by then.
  const claim = await HeldClaim.take(runId, deps, released);
  try {
    await conductClaimed(runId, { deps: fence(deps, claim), claim, draining });
  } catch (error) {
    if (!claim.lost.aborted) throw error;
    deps.log.warn(
      { runId, epoch: claim.claim.epoch },
      'Another process has taken over this run; this one no longer conducts it.',
    );
  }
}

async function conductClaimed(
  runId: RunId,
  { deps, claim, draining }: Pick<ConductContext, 'deps' | 'claim' | 'draining'>,
): Promise<void> {
  // First of all: what is kept for an earlier claim alone is lost with this process.
  const kept = await takeKeptEnd(claim.claim, deps);
  const found = await deps.runs.find(runId);
  if (found?.phase === 'proposed') {
    deps.log.error({ runId }, 'A job names a run that nobody approved; nothing is started.');
    if (needsCancel(found)) await requireCancel(found, deps);
  }
  if (!found || found.phase === 'ended' || found.phase === 'proposed') return;
  // It is put to work again when its turn has come.
  if (!(await isItsTurn(found, deps))) return;
  const checkpoint = await readCheckpoint(found, deps);
  const stopped = deps.active.enter(found);
  const measured = checkpoint instanceof ChaosError ? undefined : checkpoint;
  const monitor = new RunMonitor(found, measured, deps);
  const known = { run: found };
  const context: ConductContext = {
    deps,
    claim,
    monitor,
    execution: new ExecutionSight(measured?.overSince),
    known,
    alarmed: kept.trip ? { filed: kept.trip } : {},
    writing: new Set(),
    unwritten: new Map(),
    stopped,
    draining,
  };
  cancelOnAlarm(context);
  try {
    let run = await takeUp(found, { checkpoint, kept: mayHaveFault(found) ? kept : {} }, context);
    while (run.phase !== 'ended') run = await step(run, context);
    deps.log.info(
      { runId, ending: run.end?.ending, verdict: run.end?.verdict },
      'A run has ended.',
    );
  } finally {
    await monitor.close();
    deps.active.leave(runId, stopped);
  }
}

type Earlier = {
  readonly checkpoint: Checkpoint | ChaosError | undefined;
  readonly kept: KeptEnd;
};

/** Goes by what the process before this one had measured, and by what it could not write down of the end of the fault. */
async function takeUp(
  found: Run,
  { checkpoint, kept: { trip, failure } }: Earlier,
  context: ConductContext,
): Promise<Run> {
  const { guardAlarm } = context.monitor;
  guardAlarm.restore(trip);
  guardAlarm.restore({ endAskedAt: failure?.at ?? found.failure?.askedAt });
  if (checkpoint instanceof ChaosError) return recoverFrom(checkpoint, context);
  if (!trip && !failure) return found;
  const toEvents = (run: Run) => {
    const events = failure ? toKeptFailure(run, failure) : [];
    return events.length > 0 ? events : toKeptEvidence(run, trip?.evidence);
  };
  return advanceBy(found, (run) => ({ events: toEvents(run), outcome: undefined }), context);
}

/** Ending a fault waits this long for the journal. */
const readLimitMs = 1_000;

/** Each baseline that is no shorter than this left a checkpoint. */
const checkpointedBaselineMs = 5_000;

/** What was measured before a restart, or why that is not known: then the run must not be judged by what is left. */
async function readCheckpoint(
  run: Run,
  { checkpoints }: ConductDeps,
): Promise<Checkpoint | ChaosError | undefined> {
  try {
    const found = await checkpoints.find(run.id);
    return found ?? (isMissed(run) ? toCheckpointGone(run) : undefined);
  } catch (thrown) {
    const error = toChaosError(thrown);
    if (error.code !== 'record-altered') throw error;
    return run.failure ? undefined : error;
  }
}

function isMissed({ phase, failure, proposal }: Run): boolean {
  return (
    !failure &&
    ['inject', 'observe', 'recover'].includes(phase) &&
    proposal.baselineMs >= checkpointedBaselineMs
  );
}

function toCheckpointGone({ id }: Run): ChaosError {
  return new ChaosError(
    'record-altered',
    `What run ${id} had measured before the restart is gone from the database.`,
    { suggestion: `${alterationAdvice} Propose the experiment again.` },
  );
}

async function step(run: Run, context: ConductContext): Promise<Run> {
  try {
    return await toPhase(run)(run, context);
  } catch (error) {
    if (error instanceof Drained || isClaimLost(error)) throw error;
    return recoverFrom(toChaosError(error), context);
  }
}

function toPhase(run: Run): (run: Run, context: ConductContext) => Promise<Run> {
  if (run.phase === 'observe') return observe;
  if (run.phase === 'recover') return recover;
  const baselineDone = run.baseline?.steady === true && run.experimentName !== undefined;
  return run.phase === 'inject' || baselineDone ? inject : baseline;
}

/** A phase that failed ends the run; where a fault may be active, that is ended first and confirmed gone. */
async function recoverFrom(error: ChaosError, context: ConductContext): Promise<Run> {
  const { deps, known, claim } = context;
  const [run] = await Promise.all([readSoon(known.run.id, deps), claim.ask()]);
  claim.requireHeld();
  deps.log.error({ runId: known.run.id, code: error.code, error }, 'A phase of a run failed.');
  if (!run || error.code === 'store-unavailable')
    return endUnrecorded(run ?? known.run, error, context);
  const failure = { type: 'failed', message: error.message, suggestion: error.suggestion } as const;
  if (!mayHaveFault(run)) {
    if (needsCancel(run)) await requireCancel(known.run, deps);
    return endFailed(run, failure, context);
  }
  if (run.executionId === undefined) {
    await requireCancel(run, deps).catch((refused: unknown) => {
      if (!isLongOver(run, deps.clock.now())) throw refused;
    });
    const intro = `${error.message} The fault was seen all the same`;
    return (await endUnlisted(run, intro, context)) ?? endFailed(run, failure, context);
  }
  if (!run.failure)
    return advance(run, [failure], context).catch((refused: unknown) =>
      endUnrecorded(run, refused, context),
    );
  await deps.clock.sleep(tickMs, context.draining);
  return run;
}

/** Ends the fault of a run whose journal takes no entry, and rejects with `error`, so that the job is taken again. */
async function endUnrecorded(run: Run, error: unknown, context: ConductContext): Promise<never> {
  const isOver = context.execution.overSince !== undefined;
  if (!isClaimLost(error) && mayHaveFault(run) && !isOver)
    await endWithoutStore(run, toChaosError(error), context);
  throw error;
}

/**
 * Asks Azure to end a fault that can't be recorded, until Azure accepts, the database is back and the run can be conducted again, or this process ends. People
 * are told of each new refusal once.
 */
async function endWithoutStore(
  run: Run,
  error: ChaosError,
  context: ConductContext,
): Promise<void> {
  const { deps, claim, draining } = context;
  let current = run;
  for (let isFirst = true; ; isFirst = false) {
    const asking = askForEnd(current, context);
    // The request has left: it does not wait for this.
    if (isFirst) void keepFailure(run, error, context);
    const outcome = await asking;
    const isOver = outcome.kind === 'accepted' || outcome.kind === 'withheld';
    if (isOver || draining.aborted || claim.lost.aborted) return;
    if (outcome.kind === 'refused') current = toRefused(current, outcome.refusal, deps);
    await deps.clock.sleep(tickMs, draining);
    if (await isStoreBack(run, context)) return;
  }
}

/** Whether the run can be conducted again: a database that can be read may take no entry, nor give the job to anybody. */
async function isStoreBack(run: Run, context: ConductContext): Promise<boolean> {
  if (!(await readSoon(run.id, context.deps))) return false;
  // One that was altered must not be replaced by one of nothing.
  if (context.monitor.knownUntil <= 0) return true;
  return (await settleWithin(readLimitMs, keepCheckpoint(run, context))) === true;
}

/** The run as the journal has it; undefined where the database does not say so within a moment. */
function readSoon(runId: RunId, { runs }: Pick<ConductDeps, 'runs'>): Promise<Run | undefined> {
  return settleWithin(
    readLimitMs,
    runs.find(runId).catch(() => undefined),
  );
}

function toRefused(run: Run, refusal: CancelRefusal, { clock }: ConductDeps): Run {
  return { ...run, refusedCancel: { ...refusal, at: clock.now() } };
}

async function endFailed(
  run: Run,
  failure: { type: 'failed'; message: string; suggestion: string },
  context: ConductContext,
): Promise<Run> {
  const failed = run.failure ? run : await advance(run, [failure], context);
  // What went wrong first may not be what ends it.
  const last = failed.failure?.message === failure.message ? [] : [failure.message];
  const why = [concludeRun(failed).why, ...last].join(' ');
  return advance(
    failed,
    [{ type: 'ended', ending: 'failed', verdict: failed.faultSeen ? 'inconclusive' : null, why }],
    context,
  );
}
