import type { PhaseMeasurement } from '../../domain/measurement.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { Recovery } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import { everyTick, type ConductContext } from '../conduct-context.ts';
import { findUntold } from '../track-recovery.ts';
import { withdrawLost } from '../withdraw-lost.ts';
import {
  findEnd,
  hasWaitedEnough,
  listMissing,
  look,
  wantedEarlyMs,
  wantedEveryMs,
} from './await-recovery.ts';

/** What was back before the last measurement, and what is by now: it may have failed once more. */
type Course = { readonly atStart: Recovery; readonly current: Recovery };

/**
 * Measures for as long as the baseline, until everything due in that time is known, and then waits for what was back before and failed once more meanwhile.
 */
export async function measureAfter(
  run: Run,
  atStart: Recovery,
  context: ConductContext,
): Promise<{ readonly measurement: PhaseMeasurement; readonly recovery: Recovery }> {
  const { monitor, deps } = context;
  const endsAt = deps.clock.now() + run.proposal.baselineMs;
  monitor.finish(endsAt);
  let current = atStart;
  await everyTick<void>(run, context, async ({ run: latest }) => {
    current = updateRecovery(run, { atStart, current }, context);
    const isLost = current.podsReadyAfterMs !== atStart.podsReadyAfterMs;
    monitor.pods.wanted.look(latest, isLost ? wantedEarlyMs : wantedEveryMs);
    return monitor.isSettled(endsAt) ? { done: undefined } : { endsAt, note: phaseNotes.after };
  });
  const measurement = monitor.measurement('recover');
  return { measurement, recovery: await awaitRelapsed(run, { atStart, current }, context) };
}

/** Waits until what had been back, and failed in the last measurement, is back once more, within the limit. */
async function awaitRelapsed(run: Run, course: Course, context: ConductContext): Promise<Recovery> {
  const { atStart, current } = course;
  if (hasNothingToAwait(course)) return current;
  const { monitor } = context;
  let recovery = current;
  return everyTick<Recovery>(run, context, async ({ run: latest, count }) => {
    recovery = updateRecovery(run, { atStart, current: recovery }, context);
    monitor.pods.wanted.look(latest, wantedEarlyMs);
    const endsAt = findEnd(run, recovery, context);
    if (hasNothingToAwait({ atStart, current: recovery })) return { done: recovery };
    if (!hasWaitedEnough(run, { recovery, endsAt, count }, context))
      return { endsAt, note: phaseNotes.waiting };
    // The last measurement is over: predictions can't be judged anew.
    const { predictionsUnmeasured: _before, ...untold } = findUntold(run, recovery, monitor);
    return { done: { ...recovery, ...untold } };
  });
}

/** What was never back is not waited for once more. */
function hasNothingToAwait(course: Course): boolean {
  return listSought(course).length === 0;
}

function listSought({ atStart, current }: Course): readonly (keyof Recovery)[] {
  return listMissing(current).filter((what) => atStart[what] !== null);
}

/** Withdraws what failed once more, and finds when that was back again. */
function updateRecovery(run: Run, { atStart, current }: Course, context: ConductContext): Recovery {
  const before = withdrawLost(current, run, context.monitor);
  return look(run, { before, sought: listSought({ atStart, current: before }) }, context);
}
