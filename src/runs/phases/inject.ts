import { isStartStale } from '../../domain/approval.ts';
import { findGrowth, toBlastRadius } from '../../domain/blast-radius.ts';
import { findClosed } from '../../domain/calendar.ts';
import { findBreach } from '../../domain/limits.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { ExecutionReport, PodAtStart, RunEvent } from '../../domain/run-event.ts';
import { toOtherPods } from '../../domain/pods-at-start.ts';
import type { Run } from '../../domain/run.ts';
import { advance, advanceBy, unlessAway, writeInTime } from '../advance.ts';
import { everyTick, isStopping, type ConductContext } from '../conduct-context.ts';
import type { StoreState } from '../ports/run-store.ts';
import { findBudgetUnmet } from '../check-budget.ts';
import { findUnmet } from '../check-conditions.ts';
import { findUnsteady, isKnownAt, toLongestWaitMs, type Unsteady } from '../find-unsteady.ts';
import { reproposeRun } from '../repropose-run.ts';
import { dateBeginning } from '../date-beginning.ts';
import { dateEnd } from '../date-end.ts';
import { startFault } from '../start-fault.ts';
import { findEvidence, isPlain, toLateEvidence } from '../fault-evidence.ts';
import {
  armGuards,
  awaitFirstView,
  endFault,
  findTrip,
  isOver,
  readCluster,
  recordPendingCancel,
  toDecideAfterEnd,
  toFaultEnded,
} from '../fault-watch.ts';
import { isEnding } from '../early-end.ts';
import { readAfterRestart, readExecution } from '../read-execution.ts';

/**
 * Starts the approved experiment, once, and waits until its fault is active. That a start will be asked for is committed before it is
 * asked for, so that a crash in between can never lead to a second start.
 */
export async function inject(run: Run, context: ConductContext): Promise<Run> {
  context.monitor.begin('inject', run.baseline?.measurement.endedAt);
  armGuards(run, context);
  const requested = run.phase === 'baseline' ? await requestApproved(run, context) : run;
  if (requested.phase === 'ended') return requested;
  context.monitor.begin('preparing', requested.startRequestedAt);
  armGuards(requested, context);
  const started = requested.executionId
    ? requested
    : await startFault(requested, requested !== run, context);
  return started.phase === 'ended' ? started : awaitFault(started, context);
}

/** Reads of pods and pre-checks that take longer than this may hide that predictions hang since. */
const slowMs = 5_000;

/** Asks for the start of a run that is as approved. What is outside is read last: the wait for the service to be known may take a minute. */
async function requestApproved(run: Run, context: ConductContext, isLast = false): Promise<Run> {
  const { deps, monitor } = context;
  const known = await awaitKnown(run, context);
  if (isStopping(known, context)) return requestStart(known, undefined, context);
  const readAt = deps.clock.now();
  const { run: same, pods } = await compareToApproved(known, context);
  if (same.phase === 'ended') return same;
  const met = await compareToConditions(same, context);
  if (met.phase === 'ended') return met;
  const now = deps.clock.now();
  const isUnknown = now - readAt > slowMs && !isKnownAt(now, met, monitor);
  return isUnknown && !isLast
    ? requestApproved(met, context, true)
    : requestStart(met, pods, context);
}

/** A run whose pods were read once more, and those that it has now, where they are others than the approved ones. */
type Compared = { readonly run: Run; readonly pods?: readonly PodAtStart[] | undefined };

/** Reads the pods once more: where the blast radius has grown past what was approved, or past the limits, the run goes back for approval. */
async function compareToApproved(run: Run, context: ConductContext): Promise<Compared> {
  const { cluster: sight, clock } = context.deps;
  const { service, cluster, fault, limits, blastRadius: approved } = run.proposal;
  const matched = await sight.readPods(service, cluster);
  const blastRadius = toBlastRadius(matched, { fault, service, readAt: clock.now() });
  const growth =
    findGrowth(approved, blastRadius) ?? findBreach(limits, { fault, service, blastRadius })?.rule;
  if (growth === undefined) return { run, pods: toOtherPods(approved.pods, blastRadius.pods) };
  const again = await reproposeRun(run, { blastRadius, growth }, context.deps);
  const why = `The pods have changed since the approval, so nothing was injected: ${growth}. Proposed again as ${again.id}.`;
  const ended = { type: 'ended', ending: 'outgrown', verdict: null, why } as const;
  return { run: await advance(run, [ended], context) };
}

/** Asks once more whether all is so that a run may begin. */
async function compareToConditions(run: Run, context: ConductContext): Promise<Run> {
  const { conditions, cluster } = run.proposal;
  const unmet =
    (await findUnmet({ conditions, cluster: cluster.name }, context.deps)) ??
    (await findBudgetUnmet(run.proposal, context.deps));
  if (!unmet) return run;
  const why = `Something came in between, so nothing was injected: ${unmet.rule}.`;
  return advance(run, [{ type: 'ended', ending: 'stopped', verdict: null, why }], context);
}

/** Waits until it is known how the service is by now, for a bounded time: nothing is known of it after a restart, and what hangs is not answered yet. */
function awaitKnown(run: Run, context: ConductContext): Promise<Run> {
  const { deps, monitor } = context;
  const askedAt = deps.clock.now();
  const until = askedAt + toLongestWaitMs(run);
  return everyTick<Run>(run, context, ({ run: current }) => {
    readCluster(current, context);
    const isDone =
      isKnownAt(askedAt, current, monitor) ||
      deps.clock.now() >= until ||
      isStopping(current, context);
    return Promise.resolve(isDone ? { done: current } : { note: phaseNotes.before });
  });
}

/** Commits the intention, unless something keeps the run from it by now: both are decided in the same transaction. */
function requestStart(run: Run, pods: Compared['pods'], context: ConductContext): Promise<Run> {
  return advanceBy(
    run,
    (current, state) => {
      const hindrance = findHindrance(current, state, context);
      return {
        events: [
          hindrance
            ? { type: 'ended', ...hindrance, verdict: null }
            : { type: 'start-requested', ...(pods ? { pods } : {}) },
        ],
        outcome: undefined,
      };
    },
    context,
  );
}

type Hindrance = {
  readonly ending: 'stopped' | 'expired' | Unsteady['ending'];
  readonly why: string;
};

function findHindrance(
  run: Run,
  { freeze, now }: StoreState,
  context: ConductContext,
): Hindrance | undefined {
  const { calendar } = run.proposal;
  const stopped = (why: string): Hindrance => ({ ending: 'stopped', why });
  if (isStopping(run, context)) return stopped('Stopped before any fault was injected.');
  // A freeze stops every run that it knows of; what it did not reach ends here.
  if (freeze ?? context.deps.active.unrecordedFreeze)
    return stopped('Everything was frozen before any fault was injected.');
  const closed = calendar && findClosed(calendar, now);
  if (closed)
    return stopped(`The time for runs was over before any fault was injected: ${closed.rule}.`);
  if (isStartStale(run, now)) {
    const why =
      'Too long after its approval or its baseline, so nothing was injected. Propose it again.';
    return { ending: 'expired', why };
  }
  const unsteady = findUnsteady(run, context.monitor, now);
  return unsteady && { ...unsteady, why: `${unsteady.why} Nothing was injected.` };
}

/** Watches while Azure prepares, which takes some 30 s: guards hold already, and a pod may fail before Azure says so. */
function awaitFault(run: Run, context: ConductContext): Promise<Run> {
  let active: Partial<ExecutionReport> | undefined;
  // Kept until the database has it: Azure is not asked at every look, and without its answer the fault would seem active.
  let over: ExecutionReport | undefined;
  return everyTick<Run>(run, context, async ({ run: current, count }) => {
    if (current.phase !== 'inject') return { done: current };
    readCluster(current, context);
    if (over) return finishUnobserved(current, over, context);
    const known = await readAfterRestart(current, count, context);
    if (known && isOver(known)) return finishUnobserved(current, (over = known), context);
    const trip = findTrip(current, context);
    const isFirst = count === 0;
    if (trip || isEnding(current, context)) await endFault(current, trip, context, { isFirst });
    const execution = known ?? (await readExecution(current, count, context));
    if (execution && isOver(execution))
      return finishUnobserved(current, (over = execution), context);
    if (execution?.state === 'running' || isSeen(current, context)) active = execution ?? {};
    if (!active) return { note: `${phaseNotes.preparing} (${execution?.status ?? 'asked'})` };
    const begun = active;
    // What the database refuses is written with the next tick.
    await writeInTime('beginning-of-fault', context, () => beginObserving(current, begun, context));
    const { run: latest } = context.known;
    return latest.phase === 'inject' ? { note: phaseNotes.active } : { done: latest };
  });
}

function beginObserving(
  run: Run,
  { startedAt }: Partial<ExecutionReport> = {},
  context: ConductContext,
): Promise<Run> {
  const active: RunEvent = {
    type: 'fault-active',
    ...(startedAt === undefined ? {} : { startedAt }),
  };
  // The answer to a commit may have been lost.
  const toEvents = ({ phase }: Run) => (phase === 'inject' ? [active] : []);
  return advanceBy(run, (current) => ({ events: toEvents(current), outcome: undefined }), context);
}

/** Goes on with a fault that is over before Azure was heard to say that it is active: what was measured under it while this process watched is judged. */
async function finishUnobserved(
  run: Run,
  execution: ExecutionReport,
  context: ConductContext,
): Promise<{ readonly done: Run } | { readonly note: string }> {
  const recorded = await recordPendingCancel(run, context);
  const isWatched = !context.monitor.resumed && execution.state !== 'failed';
  const isSeenToBegin =
    isWatched && findEvidence({ ...recorded, execution }, context) !== undefined;
  const goOn = isSeenToBegin ? beginObserving : skipObserving;
  return unlessAway(() => goOn(recorded, execution, context), phaseNotes.waiting);
}

/** Whether the fault shows although Azure has not said that it is active. While Azure says that it prepares, only a pod that nothing else explains counts. */
function isSeen(run: Run, context: ConductContext): boolean {
  const evidence = findEvidence(run, context);
  if (!evidence) return false;
  return isPlain(evidence) || !context.monitor.injection.isPreparing;
}

async function skipObserving(
  run: Run,
  execution: ExecutionReport,
  context: ConductContext,
): Promise<Run> {
  const { monitor, deps } = context;
  monitor.begin('waiting');
  const heardAt = deps.clock.now();
  await awaitFirstView(run, context);
  const { startedAt } = execution;
  const told = { execution, ...(startedAt === undefined ? {} : { faultStartedAt: startedAt }) };
  const { at: begunAt } = dateBeginning({ ...run, ...told }, context);
  const end = dateEnd(run, { execution, heardAt, begunAt }, context);
  const decideEnd = await toDecideAfterEnd(context);
  // The fault came and went while the bot was away. One that failed may never have begun: what happened to pods then is no evidence.
  const isFailed = execution.state === 'failed' && !execution.unread;
  return advanceBy(
    run,
    (current) => {
      if (current.faultEndedAt !== undefined) return { events: [], outcome: undefined };
      const { events: ending } = decideEnd(current);
      return {
        events: [
          ...ending,
          ...(isFailed ? [] : toLateEvidence(current, execution, context)),
          toFaultEnded(current, { execution, end, ending }, context),
        ],
        outcome: undefined,
      };
    },
    context,
  );
}
