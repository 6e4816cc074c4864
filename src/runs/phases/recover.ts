import { toArrivals } from '../../domain/arrivals.ts';
import type { Injection } from '../../domain/injection.ts';
import { judgeHypothesis } from '../../domain/judgement.ts';
import type { Recovery } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';
import { concludeRun } from '../../domain/verdict.ts';
import { advanceOnce } from '../advance.ts';
import { type ConductContext } from '../conduct-context.ts';
import { toEvidenceAfterEnd } from '../fault-evidence.ts';
import { awaitRecovery } from './await-recovery.ts';
import { measureAfter } from './measure-after.ts';

/** Waits until pods and predictions are back, measures the steady state once more, and concludes. */
export async function recover(run: Run, context: ConductContext): Promise<Run> {
  const { monitor } = context;
  monitor.begin('waiting', run.faultEndedAt);
  const found = await awaitRecovery(run, context);
  monitor.begin('recover');
  const { measurement, recovery } = await measureAfter(run, found, context);
  await monitor.closeSamples();
  const { hypothesis, service } = run.proposal;
  const judgement = judgeHypothesis(hypothesis, measurement, toArrivals(service.scoring));
  const carrying = monitor.injection.findCarrying(run);
  const otherCarrying = monitor.injection.findOtherCarrying(run);
  const late = toEvidenceAfterEnd(run, context);
  const injection = judgeAgain(run, { recovery, isSeenLate: late.length > 0 }, context);
  const judged = await advanceOnce(
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
        ...(otherCarrying.length > 0 ? { otherCarrying } : {}),
        ...(injection ? { injection } : {}),
      },
    ],
    ({ recovered }) => recovered !== undefined,
    context,
  );
  const ended = { type: 'ended', ...concludeRun(judged) } as const;
  return advanceOnce(judged, [ended], ({ end }) => end !== undefined, context);
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
