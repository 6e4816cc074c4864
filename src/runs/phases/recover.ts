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
  rememberRecovery,
  takeBackRelapse,
} from '../track-recovery.ts';

/** Waits until pods and predictions are back, measures the steady state once more, and concludes. */
export async function recover(run: Run, context: ConductContext): Promise<Run> {
  const { monitor } = context;
  monitor.begin('waiting', run.faultEndedAt);
  const recovery = await awaitRecovery(run, context);
  monitor.begin('recover');
  await measureAfter(run, context);
  const measurement = monitor.measurement('recover');
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

/** At first, when most services come back, what the workload wants is asked more often. */
const earlyMs = 60_000;
const wantedEarlyMs = 5_000;
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
  return everyTick<Recovery>(run, context, async ({ run: current, count }) => {
    const entries = monitor.dueSince(goneAt);
    if (recovery.podsReadyAfterMs === null) {
      const isEarly = deps.clock.now() - goneAt < earlyMs;
      monitor.pods.wanted.look(current, isEarly ? wantedEarlyMs : wantedEveryMs);
    }
    const standing = takeBackRelapse(recovery, run, monitor);
    recovery = { ...standing, ...look(run, standing, context) };
    const endsAt = findLimit(run, recovery) + sumGaps(entries, goneAt);
    const recovered = Object.values(recovery).every((afterwards) => afterwards !== null);
    // What was good again within the limit is good for a whole window only after it.
    const isOver =
      monitor.isSettled(endsAt + goodAgainWindowMs) ||
      count * tickMs >= toLongestRecoveryMs(run, recovery);
    if (recovered || isOver)
      return { done: { ...recovery, ...findUntold(run, recovery, monitor) } };
    return { endsAt, note: phaseNotes.waiting };
  });
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

/** Measures for as long as the baseline, until everything due in that time is known. */
function measureAfter(run: Run, context: ConductContext): Promise<void> {
  const { monitor, deps } = context;
  const endsAt = deps.clock.now() + run.proposal.baselineMs;
  monitor.finish(endsAt);
  return everyTick<void>(run, context, async () =>
    monitor.isSettled(endsAt) ? { done: undefined } : { endsAt, note: phaseNotes.after },
  );
}
