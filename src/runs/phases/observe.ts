import { findDueAt } from '../../evidence/predictions/due-history.ts';
import type { HitPod } from '../../domain/injection.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { ExecutionReport } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import {
  advance,
  advanceBy,
  everyTick,
  writeSoon,
  type ConductContext,
} from '../conduct-context.ts';
import { dateEnd } from '../date-end.ts';
import {
  armGuards,
  endFault,
  findEvidence,
  findTrip,
  isEnding,
  isOver,
  readAfterRestart,
  readCluster,
  readExecution,
  toFaultEnded,
  toLateEvidence,
} from '../fault-watch.ts';
import { judgeFault } from '../judge-fault.ts';

/** Measures under the fault until Azure confirms that it is gone, and ends it early when a guard trips or somebody stops the run. */
export async function observe(run: Run, context: ConductContext): Promise<Run> {
  const { monitor } = context;
  armGuards(run, context);
  monitor.begin('observe', findBeginning(run, context));
  const execution = await awaitEnd(run, context);
  const heardAt = context.deps.clock.now();
  await awaitRemoval(run, execution, context);
  // Azure may not have said yet when it began while a pod had failed already.
  const begunAt = findBeginning({ ...run, ...toStart(execution) }, context);
  const end = dateEnd(run, { execution, heardAt, begunAt }, context);
  monitor.redate('observe', begunAt);
  monitor.begin('waiting', end.at);
  await awaitResults(run, end.notAfter, context);
  const judged = judgeFault(run, { begunAt, end }, monitor);
  return advanceBy(
    run,
    (current) => ({
      events: [
        ...toLateEvidence(current, execution, context),
        { type: 'observed', ...judged },
        toFaultEnded(current, { execution, end }, context),
      ],
      outcome: undefined,
    }),
    context,
  );
}

function toStart({ startedAt }: ExecutionReport): Pick<Run, 'faultStartedAt'> {
  return startedAt === undefined ? {} : { faultStartedAt: startedAt };
}

/**
 * When the fault began: with the first pod that it hit, or else by Azure's record, which counts its preparations in. Azure's counts also where something was
 * lost between the two, as pods may be seen late; good time before the fault would only thin out what it lost. Never before it was asked for, whatever
 * Azure's clock says.
 */
function findBeginning(run: Run, { monitor }: ConductContext): number {
  const { phaseSince, startRequestedAt: askedAt = phaseSince, faultStartedAt = Infinity } = run;
  const hits = monitor.injection.findHits(run, run.execution ?? {});
  const preparedAt = monitor.injection.preparingAt ?? askedAt;
  const executedAt = Math.max(preparedAt, Math.min(phaseSince, faultStartedAt));
  // What was found when pods were seen again may have happened before.
  const toHitAt = ({ from, notBefore = from }: HitPod) =>
    Math.min(from, Math.max(notBefore, executedAt));
  const hitAt = Math.min(...hits.map(toHitAt));
  const isGood = hitAt > executedAt && hitAt < Infinity && wasGood({ monitor }, executedAt, hitAt);
  return Math.max(askedAt, isGood ? hitAt : Math.min(hitAt, executedAt));
}

/** Whether everything due in a time is kept, was measured, and was good. */
function wasGood({ monitor }: Pick<ConductContext, 'monitor'>, from: number, until: number) {
  const due = monitor.dueSince(from).filter((entry) => findDueAt(entry) < until);
  return (
    due.length > 0 && due.every((entry) => entry.kind === 'measured' && entry.outcome === 'good')
  );
}

/** Longer than Chaos Mesh takes to give pods their images back; after it the fault counts as left behind. */
const removalLimitMs = 30_000;

/** Waits until pods are rid of the fault: they may carry it for longer than Azure says. What failed has left it behind, and is waited for as part of the recovery. */
function awaitRemoval(
  run: Run,
  { state }: ExecutionReport,
  context: ConductContext,
): Promise<void> {
  const { monitor, deps } = context;
  const until = deps.clock.now() + removalLimitMs;
  return everyTick<void>(run, context, async () => {
    const isLeft = state !== 'failed' && monitor.injection.isCarried();
    return isLeft && deps.clock.now() < until ? { note: phaseNotes.removing } : { done: undefined };
  });
}

/** Waits until every prediction that was due under the fault is known; sending goes on meanwhile. */
function awaitResults(run: Run, endedAt: number, context: ConductContext): Promise<void> {
  return everyTick<void>(run, context, async () =>
    context.monitor.isSettled(endedAt) ? { done: undefined } : { note: phaseNotes.waiting },
  );
}

function awaitEnd(run: Run, context: ConductContext): Promise<ExecutionReport> {
  const endsAt = run.phaseSince + run.proposal.fault.durationMs;
  return everyTick<ExecutionReport>(run, context, async ({ run: current, count }) => {
    readCluster(current, context);
    const seen = current.faultSeen ? undefined : findEvidence(current, context);
    if (seen)
      await writeSoon('evidence', context, () =>
        advance(current, [{ type: 'fault-seen', evidence: seen }], context),
      );
    const known = await readAfterRestart(current, count, context);
    if (known && isOver(known)) return { done: known };
    const trip = findTrip(current, context);
    const ending = trip !== undefined || isEnding(current, context);
    if (ending) await endFault(current, trip, context);
    const execution = known ?? (await readExecution(current, count, context));
    if (execution && isOver(execution)) return { done: execution };
    if (ending) return { note: phaseNotes.ending };
    const isRehearsal = current.proposal.rehearsal === true;
    return { endsAt, note: isRehearsal ? phaseNotes.rehearsing : phaseNotes.active };
  });
}
