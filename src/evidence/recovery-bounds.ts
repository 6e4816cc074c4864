import type { RecoveryBound } from './recovery-window.ts';
import { toBackgroundLimit } from './statistics/outage-scoring.ts';
import { isQuantile, quantileShare, type Tolerance } from '../domain/hypothesis.ts';
import { isAnswered } from '../domain/measurement.ts';
import type { Run } from '../domain/run.ts';

/**
 * Returns what predictions must be like to be good again: they keep the bounds of the hypothesis. Where it says nothing of availability, no more may fail
 * than failed before the fault, by what its baseline allows.
 */
export function toRecoveryBounds({
  baseline,
  proposal,
}: Pick<Run, 'baseline' | 'proposal'>): readonly RecoveryBound[] {
  const { tolerances } = proposal.hypothesis;
  const bounds = tolerances.flatMap((tolerance) => toBound(tolerance) ?? []);
  if (tolerances.some(({ signal }) => signal === 'availability')) return bounds;
  const { sent = 0, good = 0 } = baseline?.measurement.predictions ?? {};
  const share = sent === 0 ? 1 : 1 - toBackgroundLimit({ lost: sent - good, due: sent });
  return [{ keeps: ({ outcome }) => outcome === 'good', share }, ...bounds];
}

function toBound({ signal, bound }: Tolerance): RecoveryBound | undefined {
  if (signal === 'availability')
    return { keeps: ({ outcome }) => outcome === 'good', share: bound };
  // What was not answered has no answer to be wrong.
  if (signal === 'correct')
    return { keeps: ({ outcome }) => outcome === 'good' || !isAnswered(outcome), share: bound };
  if (!isQuantile(signal)) return undefined;
  const keeps: RecoveryBound['keeps'] = ({ outcome, latencyMs }) =>
    outcome === 'good' && latencyMs <= bound;
  return { keeps, share: quantileShare[signal] };
}
