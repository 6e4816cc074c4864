import { judgeHypothesis } from '../../domain/judgement.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { ExecutionReport } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import { advance, everyTick, writeSoon, type ConductContext } from '../conduct-context.ts';
import {
  endFault,
  findEvidence,
  findTrip,
  isEnding,
  isOver,
  readExecution,
} from '../fault-watch.ts';

/** Measures under the fault until Azure confirms that it is gone, and ends it early when a guard trips or somebody stops the run. */
export async function observe(run: Run, context: ConductContext): Promise<Run> {
  const { sighting } = context;
  await sighting.begin('observe', findBeginning(run, context));
  const execution = await awaitEnd(run, context);
  const measurement = await sighting.end();
  const judgement = judgeHypothesis(run.proposal.hypothesis, measurement);
  return advance(
    run,
    [
      { type: 'observed', measurement, judgement },
      { type: 'fault-ended', execution },
    ],
    context,
  );
}

/** A container that is killed fails its predictions before the kubelet looks at it again and the cluster tells us. */
const noticedWithinMs = 10_000;

/** When the fault began: with the first thing that happened to a pod or to predictions, not with Azure telling us. */
function findBeginning(run: Run, { sighting }: ConductContext): number {
  const askedAt = run.startRequestedAt ?? run.phaseSince;
  const firstChange = sighting.changesSince(askedAt).at(0);
  const noticedAt = Math.min(run.phaseSince, firstChange?.at ?? Number.POSITIVE_INFINITY);
  const firstFailure = sighting.firstFailureSince(Math.max(askedAt, noticedAt - noticedWithinMs));
  return Math.min(noticedAt, firstFailure ?? Number.POSITIVE_INFINITY);
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
