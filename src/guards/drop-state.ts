import { toWeights, toEvidenceLimit, type AvailabilityDrop } from '../domain/availability-drop.ts';
import type { PredictionStream } from '../domain/prediction-stream.ts';
import type { GuardState } from './guard-state.ts';

const printPercent = (share: number) => `${Number((share * 100).toFixed(2))}%`;

/** Accumulates the evidence of a drop guard, prediction by prediction (see `toEvidence`). */
export function createDropState(
  guard: AvailabilityDrop,
  plan: Pick<PredictionStream, 'mostSeconds'>,
): GuardState {
  const [perGood, perLost] = toWeights(guard);
  const limit = toEvidenceLimit(guard, plan);
  let evidence = 0;
  return {
    see({ isGood }) {
      evidence = Math.max(0, evidence + (isGood ? perGood : perLost));
    },
    findReason() {
      if (evidence < limit) return undefined;
      return `availability has fallen from ${printPercent(guard.from)} towards ${printPercent(guard.to)}, as the predictions show with at most ${printPercent(guard.falseAlarms)} false alarms`;
    },
  };
}
