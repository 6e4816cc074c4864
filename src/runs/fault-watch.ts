import type { CancelOutcome } from '../domain/cancel-outcome.ts';
import { wasAskedToEnd } from '../domain/ended-early.ts';
import type { DatedTrip } from '../domain/guard.ts';
import type { ExecutionReport, RunEvent } from '../domain/run-event.ts';
import { phaseNotes } from '../domain/phase-notes.ts';
import { mayHaveFault, type Run } from '../domain/run.ts';
import { advanceBy, writeUnlessAway } from './advance.ts';
import { everyTick, isStopping, tickMs, type ConductContext } from './conduct-context.ts';
import type { FaultTime } from './fault-time.ts';
import { askForEnd, isEnding, keepTrip } from './early-end.ts';
import { toCancelEvents } from './end-fault.ts';
import { ticksPerCancel, toTicksInDoubt } from './ticks-per-cancel.ts';

/** Longer than Chaos Mesh takes to give pods their images back; after it the fault counts as left behind. */
export const removalLimitMs = 30_000;

/** Lets the guards hold from when the start of the fault was asked for; nothing before that. */
export function armGuards({ startRequestedAt }: Run, { monitor }: ConductContext): void {
  if (startRequestedAt !== undefined) monitor.armGuards(startRequestedAt);
}

/** The guard that trips now, or that tripped before anything else ended the fault and is not recorded yet. */
export function findTrip(run: Run, context: ConductContext): DatedTrip | undefined {
  const { monitor } = context;
  if (run.trip || run.lateTrip) return undefined;
  if (!isEnding(run, context) && run.cancelRequestedAt === undefined) return monitor.findTrip();
  const { trip } = monitor.guardAlarm;
  return trip && trip.at < findEndingSince(run, context) ? trip : undefined;
}

/** Since when a run without a recorded trip is being ended, ms since the epoch. When a phase failed is not known. */
function findEndingSince(run: Run, context: ConductContext): number {
  if (run.failure) return Number.NEGATIVE_INFINITY;
  const { known, deps } = context;
  const stop = run.stop ?? known.run.stop ?? deps.active.unrecordedStop(run.id);
  const stoppedAt = stop?.at ?? (isStopping(run, context) ? -Infinity : Infinity);
  return Math.min(stoppedAt, run.cancelRequestedAt ?? Infinity);
}

/**
 * Asks Azure to end the fault the moment a guard trips, whatever the run waits for then: an answer of Azure, or the database, may take ten seconds. What came
 * of it is recorded with the trip.
 */
export function cancelOnAlarm(context: ConductContext): void {
  const { alarm } = context.monitor;
  const ask = () => {
    const { known, claim, execution } = context;
    const { run } = known;
    // After this process stood still the run may be another's by now: the next tick asks before anything is done.
    if (!claim.isFresh || !mayHaveFault(run) || findTrip(run, context) === undefined) return;
    // What became known after the end is recorded, and ends nothing.
    if (execution.overSince !== undefined) return;
    context.alarmed.pendingCancel = askForEnd(run, context);
  };
  alarm.addEventListener('abort', ask, { once: true });
}

/**
 * Asks Azure to end the fault, then writes down why. In this order: ending the fault must not wait for the database. A request that
 * fails, or leads to nothing for a while, is made again, and so is an entry that the database refuses. Returns what Azure said; undefined where it was not asked.
 */
export async function endFault(
  run: Run,
  trip: DatedTrip | undefined,
  context: ConductContext,
  { isFirst = false, because }: { readonly isFirst?: boolean; readonly because?: string } = {},
): Promise<CancelOutcome | undefined> {
  const { alarmed, execution } = context;
  if (execution.overSince !== undefined) return undefined;
  if (!isFirst && !isCancelDue(run, context)) return undefined;
  const { pendingCancel } = alarmed;
  delete alarmed.pendingCancel;
  // What a guard asked before the execution was known may have found nothing to end.
  const asked = isFirst ? undefined : pendingCancel;
  const latest = await (asked ?? askForEnd(run, context));
  // What was not sent leaves Azure's last answer as it was.
  const outcome = isAnswer(latest) ? latest : (alarmed.refused ?? latest);
  delete alarmed.refused;
  const decide = toDecideEnd(run, { trip, outcome, because }, context);
  if (decide(run).events.length === 0) return latest;
  await writeUnlessAway('end-of-fault', context, () => advanceBy(run, decide, context));
  if (decide(context.known.run).events.length === 0) return latest;
  if (outcome.kind === 'refused') alarmed.refused = outcome;
  // It is written with the next tick.
  if (outcome.kind === 'accepted' && run.executionId !== undefined)
    alarmed.pendingCancel ??= Promise.resolve(outcome);
  void keepTrip(run, context);
  return latest;
}

function isAnswer({ kind }: CancelOutcome): boolean {
  return kind === 'accepted' || kind === 'refused';
}

/** Records a guard that has tripped, and the end of the fault that was asked for, before the run heard that it was over. Returns the run with it. */
export async function recordPendingCancel(run: Run, context: ConductContext): Promise<Run> {
  const decide = await toDecideAfterEnd(context);
  if (decide(run).events.length === 0) return run;
  await writeUnlessAway('end-of-fault', context, () => advanceBy(run, decide, context));
  const { run: latest } = context.known;
  return latest.version < run.version ? run : latest;
}

/** What the journal of a run whose execution is over does not have yet of what ended its fault. */
export async function toDecideAfterEnd(
  context: ConductContext,
): Promise<
  (current: Run) => { readonly events: readonly RunEvent[]; readonly outcome: undefined }
> {
  const { alarmed, known, monitor } = context;
  const { run } = known;
  const { pendingCancel } = alarmed;
  const outcome = (await pendingCancel) ?? alarmed.refused;
  const { endAskedAt } = monitor.guardAlarm;
  // Of a request that was sent before a restart nobody knows the answer.
  const isUnanswered = endAskedAt !== undefined && run.refusedCancel === undefined;
  // None trips now: it is over.
  const trip = monitor.guardAlarm.trip && findTrip(run, context);
  return toDecideEnd(run, { trip, outcome: outcome ?? (isUnanswered ? accepted : none) }, context);
}

const accepted: CancelOutcome = { kind: 'accepted' };
const none: CancelOutcome = { kind: 'withheld' };

type Ended = {
  readonly trip: DatedTrip | undefined;
  readonly outcome: CancelOutcome;
  /** Why the end was asked for, where neither a guard, nor a failure, nor a person is the reason. */
  readonly because?: string | undefined;
};

/** What the end of a fault adds to the journal: the guard that tripped, and what Azure said. */
function toDecideEnd(
  run: Run,
  { trip, outcome, because: otherwise }: Ended,
  context: ConductContext,
): (current: Run) => { readonly events: readonly RunEvent[]; readonly outcome: undefined } {
  const { endAskedAt } = context.monitor.guardAlarm;
  const { overSince = Infinity } = context.execution;
  const isUnasked = endAskedAt === undefined && outcome.kind === 'withheld';
  const isOverBy = (at: number) => at >= overSince || (isUnasked && Number.isFinite(overSince));
  const isAfterEnd = trip !== undefined && isOverBy(trip.at);
  const known = trip?.reason ?? run.trip?.reason ?? run.failure?.message;
  const byNobody = isStopping(run, context) ? undefined : otherwise;
  const because = known ?? byNobody ?? 'stopped by a person';
  return (current) => ({
    events: [
      ...(trip && !current.trip && !current.lateTrip ? [toTripped(trip, isAfterEnd)] : []),
      ...toCancelEvents(current, outcome, { because, askedAt: endAskedAt }),
    ],
    outcome: undefined,
  });
}

function toTripped(trip: DatedTrip, isAfterEnd: boolean): RunEvent {
  return { type: 'guard-tripped', trip, ...(isAfterEnd ? { isAfterEnd } : {}) };
}

/** Until Azure accepts, each tick asks; the gateway keeps within its limits. */
function isCancelDue(
  { cancelRequestedAt, refusedCancel, executionId }: Run,
  context: ConductContext,
): boolean {
  if (cancelRequestedAt === undefined || refusedCancel !== undefined) return true;
  const every =
    executionId === undefined ? toTicksInDoubt(context.deps.active.list()) : ticksPerCancel;
  // By a clock that was set back since, it was asked for in time to come.
  const elapsedMs = Math.abs(context.deps.clock.now() - cancelRequestedAt);
  const elapsedTicks = Math.floor(elapsedMs / tickMs);
  return elapsedTicks > 0 && elapsedTicks % every === 0;
}

/** Longer than a cluster that answers takes to show the pods to a process that has just begun. */
const firstViewLimitMs = 15_000;

/** Waits until the pods were looked at, for a bounded time: after a restart, only that tells what happened to them meanwhile. */
export function awaitFirstView(run: Run, context: ConductContext): Promise<void> {
  const { pods } = context.monitor;
  return everyTick<void>(run, context, ({ count }) => {
    pods.look();
    const isDone = pods.hasSeen() || count * tickMs >= firstViewLimitMs;
    return Promise.resolve(isDone ? { done: undefined } : { note: phaseNotes.waiting });
  });
}

/** Whether the execution is over. One that failed may have left its faults behind. */
export function isOver({ state }: ExecutionReport): boolean {
  return state === 'succeeded' || state === 'cancelled' || state === 'failed';
}

/** How many pods are wanted matters once the fault is over; until then it only dates a change. */
const wantedEveryMs = 60_000;

/** Reads what Chaos Mesh records, before the fault and of it, and how many pods are wanted, when that is due; nothing waits for it. */
export function readCluster(run: Run, { monitor }: ConductContext): void {
  void monitor.injection.look(run);
  monitor.pods.wanted.look(run, wantedEveryMs);
}

/** A fault that is over; `ending`: what is recorded right before of what ended it. */
type FaultOver = {
  readonly execution: ExecutionReport;
  readonly end: FaultTime;
  readonly ending: readonly RunEvent[];
};

/**
 * The event of a fault whose execution is over, with what it did to pods. What was taken for evidence is taken back where it does not fit what is known of
 * the fault by now: it may have happened after the end.
 */
export function toFaultEnded(
  run: Run,
  { execution, end, ending }: FaultOver,
  { monitor }: ConductContext,
): Extract<RunEvent, { type: 'fault-ended' }> {
  const refused = ending.find((event) => event.type === 'cancel-refused');
  const asked = { ...run, ...(refused ? { refusedCancel: refused } : {}), execution };
  const endedByUs = wasAskedToEnd(asked) || ending.some(({ type }) => type === 'cancel-requested');
  const injection = monitor.injection.judge(run, execution, { endedAt: end.at, endedByUs });
  const carrying = findLeftOn(run, execution, monitor.injection);
  return {
    type: 'fault-ended',
    execution,
    endedAt: end.at,
    ...(end.notBefore < end.notAfter
      ? { endedBetween: { from: end.notBefore, until: end.notAfter } }
      : {}),
    ...(injection ? { injection } : {}),
    ...(run.faultSeen && !injection ? { evidenceWithdrawn: true } : {}),
    ...(carrying.length > 0 ? { carrying } : {}),
  };
}

/**
 * The pods on which an execution left its fault. One that failed removed nothing, so what was seen last counts; of one that ended as it should, only what is
 * seen now.
 */
function findLeftOn(
  run: Run,
  execution: ExecutionReport,
  injection: ConductContext['monitor']['injection'],
) {
  const isLeft = execution.state === 'failed' || injection.isCarried(run, execution);
  return isLeft ? injection.findCarrying(run, execution) : [];
}
