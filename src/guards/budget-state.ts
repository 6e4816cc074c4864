import { printDuration } from '../domain/duration.ts';
import { toLostMs } from '../domain/error-budget.ts';
import type { GuardState } from './guard-state.ts';

/** Adds up what a run has spent of the error budget, as time of full outage. */
export function createBudgetState(
  { spendMs }: { readonly spendMs: number },
  ratePerSecond: number,
): GuardState {
  let lost = 0;
  return {
    see({ isGood }) {
      if (!isGood) lost += 1;
    },
    findReason() {
      const spentMs = toLostMs(lost, ratePerSecond);
      if (spentMs < spendMs) return undefined;
      return `${lost} predictions failed, equal to ${printDuration(spentMs)} of full outage; the cap is ${printDuration(spendMs)}`;
    },
  };
}
