import { toArrivals } from '../../domain/arrivals.ts';
import { judgeHypothesis } from '../../domain/judgement.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { ExecutionReport } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import { advance, everyTick, writeSoon, type ConductContext } from '../conduct-context.ts';
import {
  armGuards,
  endFault,
  findEvidence,
  findTrip,
  isFailing,
  isEnding,
  isOver,
  readExecution,
} from '../fault-watch.ts';

/** Measures under the fault until Azure confirms that it is gone, and ends it early when a guard trips or somebody stops the run. */
export async function observe(run: Run, context: ConductContext): Promise<Run> {
  const { monitor, deps } = context;
  armGuards(run, context);
  monitor.begin('observe', findBeginning(run, context));
  const execution = await awaitEnd(run, context);
  const endedAt = findEnd(run, execution, deps.clock.now());
  // Azure may not have said yet when it began while a pod had failed already.
  monitor.redate('observe', findBeginning({ ...run, ...toStart(execution) }, context));
  monitor.begin('waiting', endedAt);
  await awaitResults(run, endedAt, context);
  const measurement = monitor.measurement('observe');
  const { hypothesis, service } = run.proposal;
  const judgement = judgeHypothesis(hypothesis, measurement, toArrivals(service.scoring));
  return advance(
    run,
    [
      { type: 'observed', measurement, judgement },
      { type: 'fault-ended', execution, endedAt },
    ],
    context,
  );
}

/**
 * When the fault began: by Azure's record where it tells, or with the first thing that happened to a pod. Never before it was asked for, whatever
 * Azure's clock says.
 */
function findBeginning(run: Run, { monitor }: ConductContext): number {
  const askedAt = run.startRequestedAt ?? run.phaseSince;
  const firstChange = monitor.changesSince(askedAt).find(isFailing);
  const noticedAt = Math.min(run.phaseSince, firstChange?.at ?? Number.POSITIVE_INFINITY);
  return Math.max(askedAt, Math.min(noticedAt, run.faultStartedAt ?? Number.POSITIVE_INFINITY));
}

function toStart({ startedAt }: ExecutionReport): Pick<Run, 'faultStartedAt'> {
  return startedAt === undefined ? {} : { faultStartedAt: startedAt };
}

/** When the fault ended: by Azure's record where that lies between its beginning and now, else now. */
function findEnd(run: Run, { stoppedAt = Infinity }: ExecutionReport, now: number): number {
  return stoppedAt > (run.startRequestedAt ?? run.phaseSince) ? Math.min(stoppedAt, now) : now;
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
    const seen = current.faultSeen ? undefined : findEvidence(current, context);
    if (seen)
      await writeSoon('evidence', context, () =>
        advance(current, [{ type: 'fault-seen', evidence: seen }], context),
      );
    const trip = findTrip(current, context);
    const ending = trip !== undefined || isEnding(current, context);
    if (ending) await endFault(current, trip, context);
    const execution = await readExecution(current, count, context);
    if (execution && isOver(execution)) return { done: execution };
    if (ending) return { note: phaseNotes.ending };
    const isRehearsal = current.proposal.rehearsal === true;
    return { endsAt, note: isRehearsal ? phaseNotes.rehearsing : phaseNotes.active };
  });
}
