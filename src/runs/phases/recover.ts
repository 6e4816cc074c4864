import type { DueEntry } from '../../evidence/predictions/due-history.ts';
import { toArrivals } from '../../domain/arrivals.ts';
import type { Injection } from '../../domain/injection.ts';
import { judgeHypothesis } from '../../domain/judgement.ts';
import type { Recovery } from '../../domain/run-event.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { Run } from '../../domain/run.ts';
import { concludeRun } from '../../domain/verdict.ts';
import { advance, everyTick, tickMs, type ConductContext } from '../conduct-context.ts';
import { toEvidenceAfterEnd } from '../fault-watch.ts';
import {
  findFaultGone,
  findGoodAgain,
  findLimit,
  findMetricsGood,
  findPodsReady,
  findUntold,
  goodAgainWindowMs,
  listMetricTolerances,
  rememberLook,
  rememberRecovery,
} from '../track-recovery.ts';
import { takeBackRelapse, takeBackUnkept } from '../take-back.ts';

/** Waits until pods and predictions are back, measures the steady state once more, and concludes. */
export async function recover(run: Run, context: ConductContext): Promise<Run> {
  const { monitor } = context;
  monitor.begin('waiting', run.faultEndedAt);
  const found = await awaitRecovery(run, context);
  monitor.begin('recover');
  const kept = await measureAfter(run, found, context);
  const measurement = monitor.measurement('recover');
  const recovery = await awaitOnceMore(run, { found, kept }, context);
  await monitor.closeSamples();
  const { hypothesis, service } = run.proposal;
  const judgement = judgeHypothesis(hypothesis, measurement, toArrivals(service.scoring));
  const carrying = monitor.injection.findCarrying();
  const late = toEvidenceAfterEnd(run, context);
  const injection = judgeAgain(run, { recovery, isSeenLate: late.length > 0 }, context);
  const judged = await advance(
    run,
    [
      ...late,
      {
        type: 'recovery-judged',
        measurement,
        judgement,
        recovery,
        ...monitor.between(),
        ...(carrying.length > 0 ? { carrying } : {}),
        ...(injection ? { injection } : {}),
      },
    ],
    context,
  );
  return advance(judged, [{ type: 'ended', ...concludeRun(judged) }], context);
}

/** At first, when most services come back, and when pods have failed once more, what the workload wants is asked more often. */
const earlyMs = 60_000;
const wantedEarlyMs = 3_000;
const wantedEveryMs = 15_000;

/** What was not measured makes the wait longer by the recovery limit and this at most, ms. */
const longerMs = 60_000;

/**
 * Waits until all is back, at least for the limit, and for as much longer as nothing was measured, within bounds: it may be seen then that all is back, if not
 * when. What was found before a restart stays found.
 */
function awaitRecovery(run: Run, context: ConductContext): Promise<Recovery> {
  const { monitor, deps } = context;
  const goneAt = run.faultEndedAt ?? run.phaseSince;
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
    const standing = takeBackUnkept(takeBackRelapse(recovery, run, monitor), run, monitor);
    if (recovery.podsReadyAfterMs !== standing.podsReadyAfterMs) awaitedSince = deps.clock.now();
    recovery = { ...standing, ...look(run, standing, context) };
    askForWanted(current, { recovery, awaitedSince }, context);
    const endsAt = findEnd(run, recovery, context);
    if (isAllBack(recovery) || isOver(run, { recovery, endsAt, count }, context))
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
function findEnd(run: Run, recovery: Recovery, { monitor }: ConductContext): number {
  const goneAt = run.faultEndedAt ?? run.phaseSince;
  return findLimit(run, recovery) + sumGaps(monitor.dueSince(goneAt), goneAt);
}

function isAllBack(recovery: Recovery): boolean {
  return Object.values(recovery).every((afterwards) => afterwards !== null);
}

function isOver(
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
  return run.execution?.state === 'failed' || monitor.injection.findCarrying().length > 0;
}

/** Returns how long one process waits at most for all to be back, ms. It is counted in ticks, because the clock may jump. */
function toLongestRecoveryMs({ proposal }: Run, { faultGoneAfterMs }: Recovery): number {
  const { recoveryLimitMs: limitMs } = proposal;
  return 2 * limitMs + longerMs + Math.min(limitMs, faultGoneAfterMs ?? 0);
}

/**
 * Compares a fault with what was approved where that shows only now: pods carried it for longer than its executor knew, or it was seen only after its end
 * (`isSeenLate`).
 */
function judgeAgain(
  run: Run,
  { recovery, isSeenLate }: { readonly recovery: Recovery; readonly isSeenLate: boolean },
  { monitor }: ConductContext,
): Injection | undefined {
  const { faultGoneAfterMs } = recovery;
  const { execution, faultEndedAt, carrying = [] } = run;
  const wasLeft =
    faultGoneAfterMs !== undefined && (execution?.state !== 'failed' || carrying.length > 0);
  const isTold = wasLeft || isSeenLate;
  if (!isTold || !execution || faultEndedAt === undefined) return undefined;
  return monitor.injection.judge(run, execution, { endedAt: faultEndedAt, wasLeft });
}

function sumGaps(entries: readonly DueEntry[], since: number): number {
  return entries.reduce(
    (sum, entry) => (entry.kind === 'gap' ? sum + entry.until - Math.max(entry.from, since) : sum),
    0,
  );
}

/** What is back by now that was not before. */
function look(run: Run, before: Recovery, context: ConductContext): Partial<Recovery> {
  const { monitor, deps } = context;
  const goneAt = run.faultEndedAt ?? run.phaseSince;
  const found = {
    ...(before.podsReadyAfterMs === null ? findPodsReady(goneAt, monitor) : {}),
    ...(before.metricsGoodAfterMs === null ? findMetricsGood(run, goneAt, monitor) : {}),
    ...(before.faultGoneAfterMs === null ? findFaultGone(run, deps.clock.now(), monitor) : {}),
    ...(before.predictionsGoodAfterMs === null ? findGoodAgain(run, goneAt, monitor) : {}),
  };
  rememberRecovery({ ...before, ...found }, run, context);
  return found;
}

/**
 * Measures for as long as the baseline, until everything due in that time is known. Returns what is left by then of what had been found: a pod may fail once
 * more meanwhile.
 */
function measureAfter(run: Run, found: Recovery, context: ConductContext): Promise<Recovery> {
  const { monitor, deps } = context;
  const endsAt = deps.clock.now() + run.proposal.baselineMs;
  monitor.finish(endsAt);
  let kept = found;
  return everyTick<Recovery>(run, context, async ({ run: current }) => {
    kept = lookOnceMore(run, { found, kept }, context);
    const isOnceMore = kept.podsReadyAfterMs !== found.podsReadyAfterMs;
    monitor.pods.wanted.look(current, isOnceMore ? wantedEarlyMs : wantedEveryMs);
    return monitor.isSettled(endsAt) ? { done: kept } : { endsAt, note: phaseNotes.after };
  });
}

/** What was found to be back before the last measurement, and what of it still is. */
type Kept = { readonly found: Recovery; readonly kept: Recovery };

/** Waits until what had been back, and failed in the last measurement, is back once more, within the limit. */
async function awaitOnceMore(
  run: Run,
  { found, kept }: Kept,
  context: ConductContext,
): Promise<Recovery> {
  const isStill = (recovery: Recovery) => toMissing(recovery).every((what) => found[what] === null);
  if (isStill(kept)) return kept;
  const { monitor } = context;
  let recovery = kept;
  return everyTick<Recovery>(run, context, async ({ run: current, count }) => {
    recovery = lookOnceMore(run, { found, kept: recovery }, context);
    monitor.pods.wanted.look(current, wantedEarlyMs);
    const endsAt = findEnd(run, recovery, context);
    if (isStill(recovery)) return { done: recovery };
    if (!isOver(run, { recovery, endsAt, count }, context))
      return { endsAt, note: phaseNotes.waiting };
    const { predictionsUnmeasured: _before, ...untold } = findUntold(run, recovery, monitor);
    return { done: { ...recovery, ...untold } };
  });
}

/** What is not back, by its name. */
function toMissing(recovery: Recovery): readonly (keyof Recovery)[] {
  return (Object.keys(recovery) as (keyof Recovery)[]).filter((what) => recovery[what] === null);
}

/** Takes back what failed once more, and finds when that was back again. What was never back is not looked for any more. */
function lookOnceMore(
  run: Run,
  { found, kept }: Kept,
  { monitor, deps }: ConductContext,
): Recovery {
  const goneAt = run.faultEndedAt ?? run.phaseSince;
  const left = takeBackUnkept(kept, run, monitor);
  const isSought = (what: keyof Recovery) => left[what] === null && found[what] !== null;
  const recovery = {
    ...left,
    ...(isSought('podsReadyAfterMs') ? findPodsReady(goneAt, monitor) : {}),
    ...(isSought('metricsGoodAfterMs') ? findMetricsGood(run, goneAt, monitor) : {}),
    ...(isSought('faultGoneAfterMs') ? findFaultGone(run, deps.clock.now(), monitor) : {}),
  };
  rememberLook(recovery, monitor.recovery?.goodSince ?? goneAt, monitor);
  return recovery;
}
