import { availabilityOf } from '../../domain/measurement.ts';
import { isMetric, toMetricName } from '../../domain/hypothesis.ts';
import { judgeHypothesis, meets } from '../../domain/judgement.ts';
import type { Recovery } from '../../domain/run-event.ts';
import { phaseNotes } from '../../domain/phase-notes.ts';
import type { Run } from '../../domain/run.ts';
import { concludeRun } from '../../domain/verdict.ts';
import { advance, everyTick, type ConductContext } from '../conduct-context.ts';

/** Predictions count as good again when this window of them keeps the availability that the hypothesis asks for. */
const goodAgainWindowMs = 5_000;

/** Waits until pods and predictions are back, measures the steady state once more, and concludes. */
export async function recover(run: Run, context: ConductContext): Promise<Run> {
  const { sighting } = context;
  await sighting.begin('recover');
  const recovery = await awaitRecovery(run, context);
  await sighting.begin('recover');
  await measureAfter(run, context);
  const measurement = await sighting.end();
  const judgement = judgeHypothesis(run.proposal.hypothesis, measurement);
  const judged = await advance(
    run,
    [{ type: 'recovery-judged', measurement, judgement, recovery }],
    context,
  );
  return advance(judged, [{ type: 'ended', ...concludeRun(judged) }], context);
}

function awaitRecovery(run: Run, context: ConductContext): Promise<Recovery> {
  const { clock } = context.deps;
  const goneAt = run.faultEndedAt ?? run.phaseSince;
  const endsAt = goneAt + run.proposal.recoveryLimitMs;
  let recovery: Recovery = {
    podsReadyAfterMs: null,
    predictionsGoodAfterMs: null,
    ...(listMetricTolerances(run).length > 0 ? { metricsGoodAfterMs: null } : {}),
  };
  return everyTick<Recovery>(run, context, async () => {
    context.sighting.look();
    const seen = look(run, context);
    const afterMs = clock.now() - goneAt;
    recovery = {
      ...recovery,
      podsReadyAfterMs: recovery.podsReadyAfterMs ?? (seen.podsReady ? afterMs : null),
      predictionsGoodAfterMs:
        recovery.predictionsGoodAfterMs ?? (seen.predictionsGood ? afterMs : null),
      ...(recovery.metricsGoodAfterMs === null && seen.metricsGood
        ? { metricsGoodAfterMs: afterMs }
        : {}),
    };
    const recovered = Object.values(recovery).every((afterwards) => afterwards !== null);
    if (recovered || clock.now() >= endsAt) return { done: recovery };
    return { endsAt, note: phaseNotes.waiting };
  });
}

function look(
  run: Run,
  { sighting }: ConductContext,
): { podsReady: boolean; predictionsGood: boolean; metricsGood: boolean } {
  const { sent, good, ready } = sighting.now(goodAgainWindowMs);
  const availability = availabilityOf({ sent, good });
  const floor = run.proposal.hypothesis.tolerances.find(({ signal }) => signal === 'availability');
  return {
    podsReady: ready >= run.proposal.blastRadius.ready,
    predictionsGood:
      availability !== null && (floor ? meets(floor, availability) : availability === 1),
    metricsGood: listMetricTolerances(run).every(({ name, tolerance }) => {
      const reading = sighting.latest(name);
      return reading !== undefined && 'value' in reading && meets(tolerance, reading.value);
    }),
  };
}

function listMetricTolerances({ proposal }: Run) {
  return proposal.hypothesis.tolerances.flatMap((tolerance) =>
    isMetric(tolerance.signal) ? [{ name: toMetricName(tolerance.signal), tolerance }] : [],
  );
}

function measureAfter(run: Run, context: ConductContext): Promise<void> {
  const endsAt = context.deps.clock.now() + run.proposal.baselineMs;
  return everyTick<void>(run, context, async () => {
    context.sighting.look();
    if (context.deps.clock.now() >= endsAt) return { done: undefined };
    return { endsAt, note: phaseNotes.after };
  });
}
