import { toDropGuard, type AvailabilityDrop, type WatchPlan } from '../domain/availability-drop.ts';
import { printFalseAlarms } from '../domain/guard.ts';
import { printBound } from '../domain/print-numbers.ts';
import { DropEvidence } from '../evidence/statistics/drop-evidence.ts';
import type { GuardState } from './guard-state.ts';

/** Accumulates the evidence of a drop guard, prediction by prediction. */
export function createDropState(guard: AvailabilityDrop, plan: WatchPlan): GuardState {
  const evidence = new DropEvidence(toDropGuard(guard, plan));
  return {
    see({ isGood }) {
      evidence.see(isGood);
    },
    findReason() {
      if (evidence.value < evidence.limit) return undefined;
      return `availability has fallen from ${printBound(guard.from)} towards ${printBound(guard.to)}, as the predictions show with ${printFalseAlarms(guard)}`;
    },
  };
}
