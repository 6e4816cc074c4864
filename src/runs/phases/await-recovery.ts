import { phaseNotes } from '../../domain/phase-notes.ts';
import type { Recovery } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import type { DueEntry } from '../../evidence/predictions/due-history.ts';
import { everyTick, tickMs, type ConductContext } from '../conduct-context.ts';
import {
  findFaultGone,
  findGoodAgain,
  findLimit,
  findMetricsGood,
  findPodsReady,
  findUntold,
  goodAgainWindowMs,
  listMetricTolerances,
  rememberRecovery,
  toGoneAt,
} from '../track-recovery.ts';
import { withdrawLost } from '../withdraw-lost.ts';

/** At first, when most services come back, and when pods have failed once more, what the workload wants is asked more often. */
const earlyMs = 60_000;
export const wantedEarlyMs = 3_000;
export const wantedEveryMs = 15_000;

/** What was not measured makes the wait longer by the recovery limit and this at most, ms. */
const longerMs = 60_000;

/**
 * Waits until all is back, at least for the limit, and for as much longer as nothing was measured, within bounds: it may be seen then that all is back, if not
 * when. What was found before a restart stays found.
 */
export function awaitRecovery(run: Run, context: ConductContext): Promise<Recovery> {
  const { monitor, deps } = context;
  const goneAt = toGoneAt(run);
  let recovery: Recovery = {
    podsReadyAfterMs: null,
    predictionsGoodAfterMs: null,
    ...(listMetricTolerances(run).length > 0 ? { metricsGoodAfterMs: null } : {}),
    // What failed may have left its fault behind, and so may what says that it removed it.
    ...(isLeftBehind(run, context) ? { faultGoneAfterMs: null } : {}),
    ...monitor.recovery?.found,
  };
  let awaitedSince = goneAt;
  return everyTick<Recovery>(run, context, async ({ run: current, count }) => {
    const standing = withdrawLost(recovery, run, monitor);
    if (recovery.podsReadyAfterMs !== standing.podsReadyAfterMs) awaitedSince = deps.clock.now();
    recovery = look(run, { before: standing, sought: listMissing(standing) }, context);
    askForWanted(current, { recovery, awaitedSince }, context);
    const endsAt = findEnd(run, recovery, context);
    if (isAllBack(recovery) || hasWaitedEnough(run, { recovery, endsAt, count }, context))
      return { done: { ...recovery, ...findUntold(run, recovery, monitor) } };
    return { endsAt, note: phaseNotes.waiting };
  });
}

/** Asks how many pods the workload wants: more often while too few are ready, and at first. */
function askForWanted(
  run: Run,
  { recovery, awaitedSince }: { readonly recovery: Recovery; readonly awaitedSince: number },
  { monitor, deps }: ConductContext,
): void {
  const isEarly = recovery.podsReadyAfterMs === null && deps.clock.now() - awaitedSince < earlyMs;
  monitor.pods.wanted.look(run, isEarly ? wantedEarlyMs : wantedEveryMs);
}

/** Until when the run waits for what is not back, ms since the epoch. */
export function findEnd(run: Run, recovery: Recovery, { monitor }: ConductContext): number {
  const goneAt = toGoneAt(run);
  return findLimit(run, recovery) + sumGaps(monitor.dueSince(goneAt), goneAt);
}

function isAllBack(recovery: Recovery): boolean {
  return listMissing(recovery).length === 0;
}

/** Whether a service has had its time to recover, and what was due by its end is known. */
export function hasWaitedEnough(
  run: Run,
  waited: { readonly recovery: Recovery; readonly endsAt: number; readonly count: number },
  { monitor }: ConductContext,
): boolean {
  const { recovery, endsAt, count } = waited;
  // What was good again within the limit is good for a whole window only after it.
  const isSettled = monitor.isSettled(endsAt + goodAgainWindowMs);
  return isSettled || count * tickMs >= toLongestRecoveryMs(run, recovery);
}

function isLeftBehind(run: Run, { monitor }: ConductContext): boolean {
  if (run.proposal.rehearsal) return false;
  return run.execution?.state === 'failed' || monitor.injection.findCarrying(run).length > 0;
}

/** Returns how long one process waits at most for all to be back, ms. It is counted in ticks, because the clock may jump. */
function toLongestRecoveryMs({ proposal }: Run, { faultGoneAfterMs }: Recovery): number {
  const { recoveryLimitMs: limitMs } = proposal;
  return 2 * limitMs + longerMs + Math.min(limitMs, faultGoneAfterMs ?? 0);
}

function sumGaps(entries: readonly DueEntry[], since: number): number {
  return entries.reduce(
    (sum, entry) => (entry.kind === 'gap' ? sum + entry.until - Math.max(entry.from, since) : sum),
    0,
  );
}

/** What is not back, by its name. */
export function listMissing(recovery: Recovery): readonly (keyof Recovery)[] {
  return (Object.keys(recovery) as (keyof Recovery)[]).filter((what) => recovery[what] === null);
}

/** What of a recovery is known, and what to look for. */
export type Look = { readonly before: Recovery; readonly sought: readonly (keyof Recovery)[] };

/** Adds what is back by now of what is sought. */
export function look(
  run: Run,
  { before, sought }: Look,
  { monitor, deps }: ConductContext,
): Recovery {
  const goneAt = toGoneAt(run);
  const isSought = (what: keyof Recovery) => sought.includes(what);
  const arePredictionsSought = isSought('predictionsGoodAfterMs');
  const recovery = {
    ...before,
    ...(isSought('podsReadyAfterMs') ? findPodsReady(run, before, monitor) : {}),
    ...(isSought('metricsGoodAfterMs') ? findMetricsGood(run, goneAt, monitor) : {}),
    ...(isSought('faultGoneAfterMs') ? findFaultGone(run, deps.clock.now(), monitor) : {}),
    ...(arePredictionsSought ? findGoodAgain(run, goneAt, monitor) : {}),
  };
  rememberRecovery(recovery, run, { monitor, arePredictionsSought });
  return recovery;
}
