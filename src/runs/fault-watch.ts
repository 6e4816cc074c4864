import type { CancelOutcome } from '../domain/cancel-outcome.ts';
import type { GuardTrip } from '../domain/guard.ts';
import type { FaultEvidence } from '../domain/injection.ts';
import type { ExecutionReport, RunEvent } from '../domain/run-event.ts';
import { phaseNotes } from '../domain/phase-notes.ts';
import { mayHaveFault, type Run } from '../domain/run.ts';
import {
  advanceBy,
  everyTick,
  isStopping,
  tickMs,
  writeSoon,
  type ConductContext,
} from './conduct-context.ts';
import type { FaultTime } from './fault-time.ts';
import { askToEndFault, toCancelEvents } from './end-fault.ts';

/** While a fault will not go, cancel is asked for again each so many ticks. */
const ticksPerCancel = 15;

/** Lets the guards hold from when the start of the fault was asked for; nothing before that. */
export function armGuards({ startRequestedAt }: Run, { monitor }: ConductContext): void {
  if (startRequestedAt !== undefined) monitor.armGuards(startRequestedAt);
}

/** The guard that trips now, unless the run is being ended already. */
export function findTrip(run: Run, context: ConductContext): GuardTrip | undefined {
  const isEndingAlready = isEnding(run, context) || run.cancelRequestedAt !== undefined;
  return isEndingAlready ? undefined : context.monitor.findTrip();
}

/**
 * Asks Azure to end the fault the moment a guard trips, whatever the run waits for then: an answer of Azure, or the database, may take ten seconds. What came
 * of it is recorded with the trip.
 */
export function heedAlarm(context: ConductContext): void {
  const { alarm } = context.monitor;
  const ask = () => {
    const { known, claim } = context;
    const { run } = known;
    // After this process stood still the run may be another's by now: the next tick asks before anything is done.
    if (!claim.isFresh || !mayHaveFault(run) || findTrip(run, context) === undefined) return;
    context.alarmed.asked = askToEndFault(run, context.deps);
  };
  alarm.addEventListener('abort', ask, { once: true });
}

/** Whether the fault is to be ended before its time: a guard tripped, a phase failed, or somebody said stop. */
export function isEnding(run: Run, context: ConductContext): boolean {
  return run.trip !== undefined || run.failure !== undefined || isStopping(run, context);
}

/**
 * Asks Azure to end the fault, then writes down why. In this order: ending the fault must not wait for the database. A request that
 * fails, or leads to nothing for a while, is made again.
 */
export async function endFault(
  run: Run,
  trip: GuardTrip | undefined,
  context: ConductContext,
  { isFirst = false } = {},
): Promise<void> {
  const { deps, alarmed } = context;
  if (!isFirst && !isCancelDue(run, deps.clock.now())) return;
  const { asked } = alarmed;
  delete alarmed.asked;
  // What a guard asked before the execution was known may have found nothing to end.
  const outcome = await (asked && !isFirst ? asked : askToEndFault(run, deps));
  const decide = toDecideEnd(run, trip, outcome);
  if (decide(run).events.length === 0) return;
  await writeSoon('end-of-fault', context, () => advanceBy(run, decide, context));
}

/** Records a guard that has tripped, and ended the fault, while the run waited to hear that it was over. Returns the run with it. */
export async function recordAlarm(run: Run, context: ConductContext): Promise<Run> {
  const { asked } = context.alarmed;
  if (!asked) return run;
  delete context.alarmed.asked;
  return advanceBy(run, toDecideEnd(run, findTrip(run, context), await asked), context);
}

/** What the end of a fault adds to the journal: the guard that tripped, and what Azure said. */
function toDecideEnd(
  run: Run,
  trip: GuardTrip | undefined,
  outcome: CancelOutcome,
): (current: Run) => { readonly events: readonly RunEvent[]; readonly outcome: undefined } {
  const because = trip?.reason ?? run.trip?.reason ?? run.failure?.message ?? 'stopped by a person';
  return (current) => ({
    events: [
      ...(trip && !current.trip ? [{ type: 'guard-tripped', trip } as const] : []),
      ...toCancelEvents(current, outcome, because),
    ],
    outcome: undefined,
  });
}

/** Until Azure accepts, each tick asks; the gateway keeps within its limits. */
function isCancelDue({ cancelRequestedAt, refusedCancel, executionId }: Run, now: number): boolean {
  if (cancelRequestedAt === undefined || refusedCancel !== undefined) return true;
  // Azure accepts the end of an experiment also while nothing of it runs yet.
  if (executionId === undefined) return true;
  const elapsedTicks = Math.floor((now - cancelRequestedAt) / tickMs);
  return elapsedTicks > 0 && elapsedTicks % ticksPerCancel === 0;
}

/** What shows that the fault really happened: a pod that was hit, by Chaos Mesh's records or by what the fault does to pods. */
export function findEvidence(run: Run, { monitor }: ConductContext): FaultEvidence | undefined {
  return monitor.injection.findEvidence(run);
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

/** Some faults show only when they are over: that a pod was down for as long as it was meant to. */
export function toLateEvidence(
  run: Run,
  execution: ExecutionReport,
  context: ConductContext,
): RunEvent[] {
  const seen = run.faultSeen ? undefined : findEvidence({ ...run, execution }, context);
  return seen ? [{ type: 'fault-seen', evidence: seen }] : [];
}

/** Whether evidence is nobody else's doing, whenever it shows: a record of Chaos Mesh, or images that were swapped in place. */
export function isPlain({ source, kind }: FaultEvidence): boolean {
  return source === 'chaos-mesh' || kind === 'image';
}

/** Whether evidence may be somebody else's doing: it is older than what the executor has just said, that it is only preparing. */
export function isDoubtful(evidence: FaultEvidence, { monitor }: ConductContext): boolean {
  const { isPreparing, preparingAt = -Infinity } = monitor.injection;
  return !isPlain(evidence) && isPreparing && evidence.at < preparingAt;
}

/**
 * Returns evidence that shows only after the end of a fault that was cut short. A cancelled or failed execution may hit pods after its reported end, and
 * a container that was killed before the end restarts after it.
 */
export function toEvidenceAfterEnd(run: Run, context: ConductContext): RunEvent[] {
  if (run.faultSeen || run.execution?.state === 'succeeded') return [];
  const { execution: _execution, faultEndedAt = Infinity, ...open } = run;
  const anyTime = findEvidence(open, context);
  const isLate = anyTime !== undefined && anyTime.at > faultEndedAt && isPlain(anyTime);
  const evidence = isLate ? anyTime : findEvidenceWithin(run, context);
  return evidence ? [{ type: 'fault-seen', evidence }] : [];
}

/** The evidence of a pod that was hit before the end of the fault. One that failed before it was active may never have begun. */
function findEvidenceWithin(run: Run, context: ConductContext): FaultEvidence | undefined {
  const {
    execution = {} as Partial<ExecutionReport>,
    faultEndedAt = Infinity,
    faultActiveAt,
  } = run;
  const isFailed = execution.state === 'failed' && !execution.unread;
  if (isFailed && faultActiveAt === undefined) return undefined;
  const hits = context.monitor.injection.findHits(run, execution);
  const isWithin = hits.some(({ from }) => from < faultEndedAt);
  return isWithin ? findEvidence(run, context) : undefined;
}

/**
 * The event of a fault whose execution is over, with what it did to pods. What was taken for evidence is taken back where it does not fit what is known of
 * the fault by now: it may have happened after the end.
 */
export function toFaultEnded(
  run: Run,
  { execution, end }: { readonly execution: ExecutionReport; readonly end: FaultTime },
  { monitor }: ConductContext,
): Extract<RunEvent, { type: 'fault-ended' }> {
  const injection = monitor.injection.judge(run, execution, { endedAt: end.at });
  const carrying = monitor.injection.findCarrying(run, execution);
  return {
    type: 'fault-ended',
    execution,
    endedAt: end.at,
    ...(end.notBefore < end.notAfter
      ? { endedBetween: { from: end.notBefore, until: end.notAfter } }
      : {}),
    ...(injection ? { injection } : {}),
    ...(run.faultSeen && !injection ? { evidenceWithdrawn: true } : {}),
    ...(execution.state === 'failed' && carrying.length > 0 ? { carrying } : {}),
  };
}
