import type { BrokenRule } from '../domain/access.ts';
import type { CancelOutcome, CancelRefusal } from '../domain/cancel-outcome.ts';
import { ChaosError, toChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { isActive, needsCancel, type Phase, type Run } from '../domain/run.ts';
import type { ActiveRuns } from './active-runs.ts';
import { askToEndFault, recordCancel, type EndFaultDeps } from './end-fault.ts';
import { mayNotWithdraw, sortVisible, type EntitleDeps, type StopJudge } from './entitle.ts';
import type { Clock } from './ports/clock.ts';
import { questionStop } from './question-stop.ts';
import { record } from './record.ts';
import { settleWithin } from '../time/settle-within.ts';
import type { Elsewhere, StopOutcome } from '../domain/stop-outcome.ts';
import type { StopRequest } from './use-cases.ts';

export type StopDeps = EndFaultDeps &
  EntitleDeps & {
    readonly active: ActiveRuns;
    /** Asked beside the stop: a fault ends whatever it says. */
    readonly judge: StopJudge;
    readonly clock: Pick<Clock, 'now'>;
  };

/** The database has this long to name the runs that are meant; then everything of ours in Azure is cancelled. */
const readLimitMs = 1_000;
const recordLimitMs = 1_000;
const answerLimitMs = 2_000;
/** The same where nothing was stopped here: a list, a look and a cancel, each as long as Azure usually takes. */
const elsewhereLimitMs = 4_000;

/** The cancels of the runs that this process conducts, by run. */
type Cancelling = ReadonlyMap<RunId, Promise<CancelOutcome>>;

/**
 * Stops runs, for anybody and in any state. Ending a fault waits for neither the database nor the directory: what this process conducts is cancelled first, and
 * when the database does not answer, everything of ours that runs in Azure is.
 */
export async function stopRun(request: StopRequest, deps: StopDeps): Promise<StopOutcome> {
  return finishStop(request, stopHere(request, deps), deps);
}

/** Stops the runs that are meant as far as this process conducts them; their cancels are on the wire when it returns. */
export function stopHere(
  request: StopRequest,
  deps: Pick<StopDeps, 'active' | 'faults' | 'log' | 'announcer'>,
): Cancelling {
  const meant = deps.active.list().filter((run) => isMeant(run, request));
  return new Map(
    meant.map((run) => {
      deps.active.stop(run.id, request);
      return [run.id, endFault(run, deps)];
    }),
  );
}

/** Stops the others that the database names, records who stopped what, and says what was done. */
export async function finishStop(
  request: StopRequest,
  here: Cancelling,
  deps: StopDeps,
): Promise<StopOutcome> {
  const found = await findCandidates(request, deps).catch((error: unknown) => toChaosError(error));
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
    disallowed: stopped.flatMap(({ run, rule }) => (rule ? [{ runId: run.id, rule }] : [])),
    refused: stopped.flatMap(({ run, refusal }) => {
      if (!refusal) return [];
      const isHidden = visible.hidden.includes(run.id);
      return [{ runId: run.id, refusal: isHidden ? withoutWords(refusal) : refusal }];
    }),
  };
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
  request: StopRequest,
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

/** Stops everything, here and in Azure. Never rejects. */
async function cancelBlindly(
  error: ChaosError,
  request: StopRequest,
  here: Cancelling,
  deps: StopDeps,
): Promise<StopOutcome> {
  deps.log.error({ error }, 'Stop found no database; cancelling everything in Azure.');
  deps.active.stopAll(request, deps.clock.now());
  const runs = deps.active.list();
  const ending = runs.map((run) =>
    settleWithin(answerLimitMs, here.get(run.id) ?? endFault(run, deps)),
  );
  const everything = cancelElsewhere(deps);
  const limitMs = runs.length > 0 ? answerLimitMs : elsewhereLimitMs;
  const [elsewhere, ...accepted] = await Promise.all([
    settleWithin(limitMs, everything),
    ...ending,
  ]);
  const isRefused = runs.map((_, index) => accepted[index]?.kind !== 'accepted');
  return {
    kind: 'cancelled-blindly',
    stopped: runs.filter((_, index) => !isRefused[index]).map(({ id }) => id),
    refused: runs.filter((_, index) => isRefused[index]).map(({ id }) => id),
    ...(elsewhere ?? { experiments: undefined, later: everything }),
  };
}

/** Never rejects. */
async function cancelElsewhere({ faults, log }: StopDeps): Promise<Elsewhere> {
  try {
    return { experiments: await faults.cancelAll() };
  } catch (thrown) {
    log.error({ error: thrown }, 'Not everything in Azure could be cancelled.');
    return { experiments: undefined, problem: toChaosError(thrown) };
  }
}

function isMeant(run: Run, { all, runIds, conversationId }: StopRequest): boolean {
  if (runIds) return runIds.includes(run.id);
  return all || run.origin.conversationId === conversationId;
}

const conducted: readonly Phase[] = ['approved', 'baseline', 'inject', 'observe', 'recover'];

type Candidates = {
  readonly candidates: readonly Run[];
  readonly waiting: readonly Run[];
  readonly unknown: readonly RunId[];
  readonly ended: readonly RunId[];
};

/** Rejects with `store-unavailable` also when the database does not answer in time. */
async function findCandidates(request: StopRequest, deps: StopDeps): Promise<Candidates> {
  const found = await settleWithin(readLimitMs, readCandidates(request, deps));
  if (found) return found;
  throw databaseSilent();
}

function databaseSilent(): ChaosError {
  return new ChaosError('store-unavailable', 'The database did not answer in time.', {
    suggestion: 'Look at its log and its load.',
  });
}

async function readCandidates(request: StopRequest, { runs }: StopDeps): Promise<Candidates> {
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
function isStopped(run: Run): boolean {
  return isActive(run) || needsCancel(run);
}

type Stopped = { readonly run: Run; readonly rule?: BrokenRule; readonly refusal?: CancelRefusal };

async function stopOne(
  run: Run,
  request: StopRequest,
  here: Cancelling,
  deps: StopDeps,
): Promise<Stopped> {
  if (!isStopped(run)) return { run: await withdraw(run, request, deps) };
  deps.active.stop(run.id, request);
  const cancelling = here.get(run.id) ?? endFault(run, deps);
  const stopping = record(
    run.id,
    (current) => ({ events: toStopEvents(current, request), outcome: undefined }),
    deps,
  );
  const recorded = settleWithin(recordLimitMs, stopping).catch((error: unknown) => {
    deps.log.error({ runId: run.id, error }, 'A stop could not be recorded.');
    return toChaosError(error);
  });
  const question = questionStop(run, request.by, deps);
  const [outcome, committed, rule] = await Promise.all([
    settleWithin(answerLimitMs, followCancel(run, cancelling, deps)),
    recorded,
    settleWithin(answerLimitMs, question),
  ]);
  const isCancelled = needsCancel(run) && outcome?.kind === 'accepted';
  // Cancelled but not recorded counts as stopped, and so does a run whose conductor was told.
  const isWritten = committed !== undefined && !(committed instanceof ChaosError);
  if (!isWritten && !isCancelled && !here.has(run.id)) throw committed ?? databaseSilent();
  return {
    run: isWritten ? committed.run : run,
    ...(rule ? { rule } : {}),
    ...(outcome?.kind === 'refused' ? { refusal: outcome.refusal } : {}),
  };
}

/** Asks Azure now, whatever was asked before: a person wants it. */
function endFault(
  run: Run,
  deps: Pick<StopDeps, 'faults' | 'log' | 'announcer'>,
): Promise<CancelOutcome> {
  if (!needsCancel(run)) return Promise.resolve({ kind: 'accepted' });
  return askToEndFault(run, deps, { urgent: true });
}

/** Records a refusal. That Azure accepted is recorded by the conductor, or here when it had refused before. */
async function followCancel(
  run: Run,
  cancelling: Promise<CancelOutcome>,
  deps: StopDeps,
): Promise<CancelOutcome> {
  const outcome = await cancelling;
  if (outcome.kind === 'refused' || run.refusedCancel) await recordCancel(run, outcome, deps);
  return outcome;
}

/** A proposal has no fault: whether somebody may withdraw it is asked first. Rejects with `not-entitled`. */
async function withdraw(run: Run, request: StopRequest, deps: StopDeps): Promise<Run> {
  const finding = await deps.judge(run);
  if (typeof finding === 'object') throw mayNotWithdraw(run.id, finding);
  const committed = await record(
    run.id,
    (current) => ({ events: toStopEvents(current, request), outcome: undefined }),
    deps,
  );
  return committed.run;
}

/** A proposal ends at once; a run that is conducted is ended by its conductor; one whose fault is gone is ending already. */
function toStopEvents(run: Run, { by, via }: StopRequest): RunEvent[] {
  if (run.phase === 'ended' || run.phase === 'recover' || run.stop) return [];
  const stopping: RunEvent = { type: 'stop-requested', by, via };
  if (run.phase !== 'proposed') return [stopping];
  const why = 'Withdrawn before it was approved.';
  return [stopping, { type: 'ended', ending: 'stopped', verdict: null, why }];
}

export function runNotFound(runId: string): ChaosError {
  return new ChaosError('run-not-found', `There is no run ${runId}.`, {
    suggestion: 'Use `history` to see the runs of this conversation.',
  });
}
