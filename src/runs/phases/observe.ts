import { phaseNotes } from '../../domain/phase-notes.ts';
import type { FaultEvidence } from '../../domain/injection.ts';
import type { Decide } from '../ports/run-store.ts';
import type { ExecutionReport } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import { advanceBy, advanceWhenBack, writeInTime } from '../advance.ts';
import { everyTick, keepMeasured, type ConductContext } from '../conduct-context.ts';
import { dateBeginning } from '../date-beginning.ts';
import { dateEnd } from '../date-end.ts';
import { findUnrecorded, toLateEvidence } from '../fault-evidence.ts';
import {
  armGuards,
  awaitFirstView,
  endFault,
  findTrip,
  isOver,
  readCluster,
  removalLimitMs,
  recordPendingCancel,
  toDecideAfterEnd,
  toFaultEnded,
} from '../fault-watch.ts';
import { isEnding } from '../early-end.ts';
import { readAfterRestart, readExecution } from '../read-execution.ts';
import { judgeFault } from '../judge-fault.ts';

/** Measures under the fault until Azure confirms that it is gone, and ends it early when a guard trips or somebody stops the run. */
export async function observe(run: Run, context: ConductContext): Promise<Run> {
  const { monitor } = context;
  armGuards(run, context);
  // A restart may have come before a checkpoint knew that the start had been asked for.
  if (monitor.beginningOf('preparing') === undefined)
    monitor.begin('preparing', run.startRequestedAt);
  monitor.begin('observe', dateBeginning(run, context).at);
  const execution = await awaitEnd(run, context);
  const heardAt = context.deps.clock.now();
  await awaitFirstView(run, context);
  await awaitRemoval(run, execution, context);
  // Azure may not have said yet when it began while a pod had failed already.
  const begun = dateBeginning({ ...run, ...toStart(execution) }, context);
  const end = dateEnd(run, { execution, heardAt, begunAt: begun.at }, context);
  monitor.redate('observe', begun.at);
  monitor.begin('waiting', end.at);
  await awaitResults(run, end.notAfter, context);
  // The journal tells of the whole last second: after a restart, what was due in it after the fault must be known as well.
  await keepMeasured(run, context);
  const judged = await judgeFault(run, { begun, end }, context);
  const decideEnd = await toDecideAfterEnd(context);
  return advanceWhenBack(
    run,
    (current) => {
      // The answer to a commit may have been lost.
      if (current.faultEndedAt !== undefined) return { events: [], outcome: undefined };
      const { events: ending } = decideEnd(current);
      return {
        events: [
          ...ending,
          ...toLateEvidence(current, execution, context),
          { type: 'observed', ...judged },
          toFaultEnded(current, { execution, end, ending }, context),
        ],
        outcome: undefined,
      };
    },
    context,
  );
}

function toStart({ startedAt }: ExecutionReport): Pick<Run, 'faultStartedAt'> {
  return startedAt === undefined ? {} : { faultStartedAt: startedAt };
}

/** Waits until pods are rid of the fault: they may carry it for longer than Azure says. What failed has left it behind, and is waited for as part of the recovery. */
function awaitRemoval(
  run: Run,
  execution: ExecutionReport,
  context: ConductContext,
): Promise<void> {
  const { monitor, deps } = context;
  const until = deps.clock.monotonicMs() + removalLimitMs;
  return everyTick<void>(run, context, async () => {
    const isLeft = execution.state !== 'failed' && monitor.injection.isCarried(run, execution);
    return isLeft && deps.clock.monotonicMs() < until
      ? { note: phaseNotes.removing }
      : { done: undefined };
  });
}

/**
 * Waits until every prediction is known that was due before the end of the fault's last second: a checkpoint has whole seconds only. Sending goes on
 * meanwhile.
 */
function awaitResults(run: Run, endedAt: number, context: ConductContext): Promise<void> {
  const until = Math.ceil(endedAt / 1_000) * 1_000;
  return everyTick<void>(run, context, async () =>
    context.monitor.isSettled(until) ? { done: undefined } : { note: phaseNotes.waiting },
  );
}

/** The answer to a commit may have been lost. */
function toDecideSeen(evidence: FaultEvidence): Decide<undefined> {
  return ({ faultSeen }) => ({
    events: faultSeen ? [] : [{ type: 'fault-seen', evidence }],
    outcome: undefined,
  });
}

function awaitEnd(run: Run, context: ConductContext): Promise<ExecutionReport> {
  const endsAt = run.phaseSince + run.proposal.fault.durationMs;
  return everyTick<ExecutionReport>(run, context, async ({ run: current, count }) => {
    readCluster(current, context);
    const seen = findUnrecorded(current, context);
    if (seen) {
      // After a restart it could not be moved any more.
      context.monitor.redate('observe', dateBeginning(current, context).at);
      await writeInTime('evidence', context, () => advanceBy(current, toDecideSeen(seen), context));
    }
    const known = await readAfterRestart(current, count, context);
    if (known && isOver(known)) {
      await recordPendingCancel(current, context);
      return { done: known };
    }
    const trip = findTrip(current, context);
    const ending = trip !== undefined || isEnding(current, context);
    if (ending) await endFault(current, trip, context);
    const execution = known ?? (await readExecution(current, count, context));
    if (execution && isOver(execution)) {
      await recordPendingCancel(current, context);
      return { done: execution };
    }
    if (ending) return { note: phaseNotes.ending };
    return { endsAt, note: toActiveNote(current, context) };
  });
}

/** Somebody may have restored pods by hand. */
function toActiveNote(run: Run, { monitor }: ConductContext): string {
  if (run.proposal.rehearsal) return phaseNotes.rehearsing;
  return monitor.injection.isRemoved(run) ? phaseNotes.gone : phaseNotes.active;
}
