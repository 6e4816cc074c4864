import type { BrokenRule } from '../../domain/access.ts';
import type { CancelOutcome, CancelRefusal } from '../../domain/cancel-outcome.ts';
import { ChaosError, toChaosError } from '../../domain/chaos-error.ts';
import type { RunEvent } from '../../domain/run-event.ts';
import { needsCancel, type Run } from '../../domain/run.ts';
import { settleWithin } from '../../time/settle-within.ts';
import type { ActiveRuns } from '../active-runs.ts';
import { databaseSilent } from '../database-silent.ts';
import { recordCancel, type EndFaultDeps } from '../end-fault.ts';
import { mayNotWithdraw, type StopJudge } from '../entitle.ts';
import type { StopIntent } from '../ports/intent-log.ts';
import { record } from '../record.ts';
import { answerLimitMs, cancelNow, type Cancelling } from './cancel-now.ts';
import { isStopped, type TimedStop } from './find-stoppable.ts';
import { keepIntent, type KeepDeps } from './keep-intent.ts';
import { questionStop } from './question-stop.ts';
import { toStopInRecovery, toStopRequested } from './to-stop-requested.ts';

export type StopOneDeps = EndFaultDeps &
  KeepDeps & {
    readonly active: ActiveRuns;
    /** Asked beside the stop: a fault ends whatever it says. */
    readonly judge: StopJudge;
  };

const recordLimitMs = 1_000;

/** A run that was stopped, the rule that the stop broke, and why Azure refused to end its fault. `isUnkept`: neither the database nor the disk has the stop. */
export type Stopped = {
  readonly run: Run;
  readonly isUnkept?: true;
  readonly rule?: BrokenRule;
  readonly refusal?: CancelRefusal;
};

/** Stops one run, and records who did. Rejects with `not-entitled` for a proposal, and when a stop is neither recorded nor carried out. */
export async function stopOne(
  run: Run,
  request: TimedStop,
  here: Cancelling,
  deps: StopOneDeps,
): Promise<Stopped> {
  if (!isStopped(run)) return { run: await withdraw(run, request, deps) };
  deps.active.stop(run.id, request);
  const cancelling = here.get(run.id) ?? cancelNow(run, deps);
  const stopping = record(
    run.id,
    (current, { now }) => ({ events: toStopEvents(current, request, now), outcome: undefined }),
    deps,
  );
  const recorded = settleWithin(recordLimitMs, stopping).catch((error: unknown) => {
    deps.log.error({ runId: run.id, error }, 'A stop could not be recorded.');
    return toChaosError(error);
  });
  const keeping = recorded.then((committed) =>
    isWritten(committed) ? true : keepIntent(toIntent(run, request), deps),
  );
  const question = questionStop(run, request.by, deps);
  const [outcome, committed, isKept, rule] = await Promise.all([
    settleWithin(answerLimitMs, followCancel(run, cancelling, deps)),
    recorded,
    keeping,
    settleWithin(answerLimitMs, question),
  ]);
  const isCancelled = needsCancel(run) && isEnded(outcome);
  // Cancelled but not recorded counts as stopped, and so does a run whose conductor was told.
  if (!isWritten(committed)) {
    if (!isCancelled && !here.has(run.id)) throw committed ?? databaseSilent();
  }
  return {
    run: isWritten(committed) ? committed.run : run,
    ...(isKept ? {} : { isUnkept: true }),
    ...(rule ? { rule } : {}),
    ...(outcome?.kind === 'refused' ? { refusal: outcome.refusal } : {}),
  };
}

function isWritten<Committed>(
  committed: Committed | ChaosError | undefined,
): committed is Exclude<Committed, ChaosError> {
  return committed !== undefined && !(committed instanceof ChaosError);
}

function toIntent({ id }: Run, { by, via, at }: TimedStop): StopIntent {
  return { kind: 'stop', at, by, via, scope: 'named', runIds: [id] };
}

/** Whether Azure ends the fault, or what runs there is another run's. */
function isEnded(outcome: CancelOutcome | undefined): boolean {
  return outcome?.kind === 'accepted' || outcome?.kind === 'withheld';
}

/** Records a refusal. That Azure accepted is recorded by the conductor, or here when it had refused before. */
async function followCancel(
  run: Run,
  cancelling: Promise<CancelOutcome>,
  deps: StopOneDeps,
): Promise<CancelOutcome> {
  const outcome = await cancelling;
  if (outcome.kind === 'refused' || run.refusedCancel) await recordCancel(run, outcome, deps);
  return outcome;
}

/** A proposal has no fault: whether somebody may withdraw it is asked first. Rejects with `not-entitled`. */
async function withdraw(run: Run, request: TimedStop, deps: StopOneDeps): Promise<Run> {
  const finding = await deps.judge(run);
  if (typeof finding === 'object') throw mayNotWithdraw(run.id, finding);
  const committed = await record(
    run.id,
    (current, { now }) => ({ events: toStopEvents(current, request, now), outcome: undefined }),
    deps,
  );
  return committed.run;
}

/** A proposal ends at once; a run that is conducted is ended by its conductor; one whose fault is gone is measured to its end. */
function toStopEvents(run: Run, request: TimedStop, now: number): RunEvent[] {
  if (run.phase === 'recover') return [...toStopInRecovery(run, request, now)];
  if (run.phase === 'ended' || run.stop) return [];
  const stopping = toStopRequested(request, now);
  if (run.phase !== 'proposed') return [stopping];
  const why = 'Withdrawn before it was approved.';
  return [stopping, { type: 'ended', ending: 'stopped', verdict: null, why }];
}
