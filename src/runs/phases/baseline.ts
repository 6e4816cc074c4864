import { requireIntact } from '../../domain/alteration.ts';
import { isApprovalStale, toApprovedRun } from '../../domain/approval.ts';
import { ChaosError } from '../../domain/chaos-error.ts';
import { printDuration } from '../../domain/duration.ts';
import { judgeHypothesis } from '../../domain/judgement.ts';
import { explainAllUndecided } from '../../domain/explain-undecided.ts';
import { findOpenIn } from '../../domain/open-questions.ts';
import { toArrivals } from '../../domain/arrivals.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { Run } from '../../domain/run.ts';
import { advance, advanceOnce } from '../advance.ts';
import { everyTick, isStopping, type ConductContext } from '../conduct-context.ts';
import { readCluster } from '../fault-watch.ts';

/**
 * Measures the steady state and, meanwhile, lets Azure write the experiment down, which injects nothing. A baseline that is not
 * steady, or can't tell, ends the run: a fault would prove nothing then.
 */
export async function baseline(run: Run, context: ConductContext): Promise<Run> {
  requireIntact(run);
  const approved = toApprovedRun(run);
  if (!approved) throw notApproved(run);
  if (run.phase === 'approved' && isStopping(run, context)) return endStopped(run, context);
  if (run.phase === 'approved' && isApprovalStale(run, context.deps.clock.now()))
    return endStale(run, context);
  const { deps, monitor } = context;
  // Also after a restart, with nothing to append: what Azure is asked to prepare is what the journal says now.
  const started = await advance(
    run,
    run.phase === 'approved' ? [{ type: 'baseline-started' }] : [],
    context,
  );
  requireIntact(started);
  const preparing = settle(deps.faults.prepare(approved));
  monitor.begin('baseline');
  // Azure may take its time to write the experiment down; nothing is injected by that.
  if (await measure(started, context)) return endStopped(started, context);
  const prepared = await preparing;
  const measurement = monitor.measurement('baseline');
  const { hypothesis, service } = run.proposal;
  const judgement = judgeHypothesis(hypothesis, measurement, toArrivals(service.scoring));
  const steady = judgement.finding === 'held';
  const judged = await advanceOnce(
    started,
    [{ type: 'baseline-judged', measurement, judgement, steady }],
    (current) => current.baseline !== undefined,
    context,
  );
  if (judgement.finding === 'deviated') return endNotSteady(judged, context);
  if (!steady) return endUndecided(judged, context);
  if ('error' in prepared) throw prepared.error;
  return advanceOnce(
    judged,
    [{ type: 'experiment-prepared', experimentName: prepared.value }],
    ({ experimentName }) => experimentName !== undefined,
    context,
  );
}

/**
 * Measures until the baseline is over and everything due in it is known; true when the run is stopped before. It is as long as asked for from when
 * predictions are due. Predictions are sent until the monitor is closed.
 */
function measure(run: Run, context: ConductContext): Promise<boolean> {
  const { monitor, deps } = context;
  const { baselineMs } = run.proposal;
  const begunAt = deps.clock.now();
  return everyTick<boolean>(run, context, async ({ run: current }) => {
    if (isStopping(current, context)) return { done: true };
    readCluster(current, context);
    const { sendingSince } = monitor;
    if (sendingSince === undefined) return { note: phaseNotes.baseline };
    const since = Math.max(begunAt, sendingSince);
    // Nothing was due before; a baseline that a restart interrupted began earlier.
    if (!monitor.resumed) monitor.redate('baseline', since);
    const endsAt = since + baselineMs;
    const isOver = deps.clock.now() >= endsAt;
    if (isOver) monitor.begin('inject', endsAt);
    const isKnown = isOver && monitor.isSettled(endsAt);
    return isKnown ? { done: false } : { endsAt, note: phaseNotes.baseline };
  });
}

/** A rejection that nobody waits for yet must not end the process. */
function settle<Value>(promise: Promise<Value>): Promise<{ value: Value } | { error: unknown }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

function endStopped(run: Run, context: ConductContext): Promise<Run> {
  return advance(
    run,
    [
      {
        type: 'ended',
        ending: 'stopped',
        verdict: null,
        why: 'Stopped before any fault was injected.',
      },
    ],
    context,
  );
}

function endNotSteady(run: Run, context: ConductContext): Promise<Run> {
  const broken =
    run.baseline?.judgement.tolerances.filter(({ finding }) => finding === 'deviated') ?? [];
  const names = broken.map(({ tolerance }) => tolerance.signal).join(', ');
  const why = `The service was not steady before any fault (${names}), so nothing was injected.`;
  return advance(run, [{ type: 'ended', ending: 'not-steady', verdict: null, why }], context);
}

/** A baseline that is too short, or was not measured, shows neither a steady service nor the opposite. */
function endUndecided(run: Run, context: ConductContext): Promise<Run> {
  const open = findOpenIn(run, 'baseline');
  const why = [
    ...(open.some(({ lengthMs }) => lengthMs !== undefined) ? ['The baseline was too short.'] : []),
    explainAllUndecided(open, run),
    'Nothing was injected.',
  ].join(' ');
  const ended = { type: 'ended', ending: 'baseline-undecided', verdict: null, why } as const;
  return advance(run, [ended], context);
}

/** Approved long ago, and kept from beginning: what was agreed to then is not what anybody expects now. */
function endStale(run: Run, context: ConductContext): Promise<Run> {
  const limit = printDuration(run.proposal.approvalRule.startWithinMs);
  const why = `It could not begin within ${limit} of its approval, so nothing was injected. Propose it again.`;
  return advance(run, [{ type: 'ended', ending: 'expired', verdict: null, why }], context);
}

function notApproved(run: Run): ChaosError {
  return new ChaosError('not-approved', `Run ${run.id} has no recorded approval of its digest.`, {
    suggestion: 'Propose the experiment again and let somebody else approve it.',
  });
}
