import type { PhaseMeasurement } from '../../domain/measurement.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { Recovery } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import { everyTick, tickMs, type ConductContext } from '../conduct-context.ts';
import { findUntold, toGoneAt } from '../track-recovery.ts';
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

/** The end of the last measurement, ms since the epoch, and whether predictions were known to have failed once more, for good, when it was decided. */
type End = { readonly at: number; readonly isRelapseKnown: boolean };

/**
 * Measures for as long as the baseline, and longer while predictions that were good again fail once more, until everything due in that time is known. Then
 * waits for what else was back before and failed once more meanwhile.
 */
export async function measureAfter(
  run: Run,
  atStart: Recovery,
  context: ConductContext,
): Promise<{ readonly measurement: PhaseMeasurement; readonly recovery: Recovery }> {
  const { monitor, deps } = context;
  const startedAt = deps.clock.now();
  const plannedEnd = startedAt + run.proposal.baselineMs;
  let current = atStart;
  let isRelapseKnown = false;
  let end: End | undefined;
  current = await everyTick<Recovery>(run, context, async ({ run: latest, count }) => {
    current = updateRecovery(run, { atStart, current, isMeasured: end === undefined }, context);
    const isLost = current.podsReadyAfterMs !== atStart.podsReadyAfterMs;
    monitor.pods.wanted.look(latest, isLost ? wantedEarlyMs : wantedEveryMs);
    const waitsUntil = findEnd(run, current, context);
    const isRelapsed = hasRelapsed({ atStart, current });
    const waited = { recovery: current, endsAt: waitsUntil, count };
    const goesOn = isRelapsed && !hasWaitedEnough(run, waited, context);
    if (isRelapsed && !goesOn) isRelapseKnown ||= !isUnmeasured(run, current, context);
    // The clock may be set back meanwhile.
    const passedMs = Math.max(deps.clock.now() - startedAt, count * tickMs);
    if (!end && !goesOn && passedMs + tickMs >= run.proposal.baselineMs) {
      // Nothing that is due then is known yet.
      end = { at: Math.max(plannedEnd, monitor.knownUntil + 1), isRelapseKnown };
      monitor.finish(end.at);
    }
    if (end && monitor.isSettled(end.at))
      return { done: closePredictions({ atStart, current }, end) };
    return {
      endsAt: goesOn ? Math.max(plannedEnd, waitsUntil) : plannedEnd,
      note: phaseNotes.after,
    };
  });
  const measurement = monitor.measurement('recover');
  const recovery = await awaitRelapsed(run, { atStart, current }, context);
  const marked = markFailedAgain(run, recovery, measurement);
  return { measurement, recovery: { ...marked, ...toReadyBefore(atStart, recovery) } };
}

/** That pods were ready before, and failed once more: others than the fault hit may have done so. */
function toReadyBefore(
  { podsReadyAfterMs: beforeMs }: Recovery,
  { podsReadyAfterMs: afterMs, podsFailedAgain }: Recovery,
): Pick<Recovery, 'podsWereReadyAfterMs'> {
  const isSame = beforeMs === null || beforeMs === afterMs || podsFailedAgain !== undefined;
  return isSame ? {} : { podsWereReadyAfterMs: beforeMs };
}

/** Predictions were good again only in the last measurement where they had failed once more, also before a restart in it. */
function markFailedAgain(
  run: Run,
  recovery: Recovery,
  { startedAt }: Pick<PhaseMeasurement, 'startedAt'>,
): Recovery {
  const { predictionsGoodAfterMs: afterMs } = recovery;
  const isLate = afterMs !== null && toGoneAt(run) + afterMs > startedAt;
  return { ...recovery, ...(isLate ? { predictionsFailedAgain: true } : {}) };
}

/** Whether predictions that had been good again fail once more, by what is known. */
function hasRelapsed({ atStart, current }: Course): boolean {
  return atStart.predictionsGoodAfterMs !== null && current.predictionsGoodAfterMs === null;
}

/** Whether predictions may have been good again unmeasured. */
function isUnmeasured(run: Run, current: Recovery, { monitor }: ConductContext): boolean {
  return findUntold(run, current, monitor).predictionsUnmeasured === true;
}

/** What failed once more at the very end, and showed only after it, may have been good again soon. */
function closePredictions({ atStart, current }: Course, { isRelapseKnown }: End): Recovery {
  const isOpen = hasRelapsed({ atStart, current }) && !isRelapseKnown;
  return { ...current, ...(isOpen ? { predictionsUnmeasured: true } : {}) };
}

/** Waits until pods, metrics and the removal that had been back, and failed in the last measurement, are back once more, within the limit. */
async function awaitRelapsed(run: Run, course: Course, context: ConductContext): Promise<Recovery> {
  const { atStart } = course;
  const { monitor } = context;
  let { current } = course;
  if (hasNothingToAwait(course)) return current;
  return everyTick<Recovery>(run, context, async ({ run: latest, count }) => {
    current = updateRecovery(run, { atStart, current, isMeasured: false }, context);
    monitor.pods.wanted.look(latest, wantedEarlyMs);
    const endsAt = findEnd(run, current, context);
    if (hasNothingToAwait({ atStart, current })) return { done: current };
    if (!hasWaitedEnough(run, { recovery: current, endsAt, count }, context))
      return { endsAt, note: phaseNotes.waiting };
    // The last measurement is over: predictions can't be judged anew.
    const { predictionsUnmeasured: _before, ...untold } = findUntold(run, current, monitor);
    return { done: { ...current, ...untold } };
  });
}

/** Predictions are not measured any more. */
function hasNothingToAwait(course: Course): boolean {
  return listSought({ ...course, isMeasured: false }).length === 0;
}

/** `isMeasured`: whether predictions are. */
type Update = Course & { readonly isMeasured: boolean };

/** What was never back is not waited for once more. */
function listSought({ atStart, current, isMeasured }: Update): readonly (keyof Recovery)[] {
  return listMissing(current).filter(
    (what) => atStart[what] !== null && (isMeasured || what !== 'predictionsGoodAfterMs'),
  );
}

/** Withdraws what failed once more, and finds when that was back again. */
function updateRecovery(
  run: Run,
  { current, ...course }: Update,
  context: ConductContext,
): Recovery {
  const before = withdrawLost(current, run, context.monitor);
  return look(run, { before, sought: listSought({ ...course, current: before }) }, context);
}
