import type { GuardState } from './guard-state.ts';

/**
 * Counts the failed predictions that were due after the last good one. They are counted by due time: one that is given up late does not follow the good ones
 * that were answered meanwhile.
 */
export function createConsecutiveState({ count }: { readonly count: number }): GuardState {
  let lastGoodAt = Number.NEGATIVE_INFINITY;
  let lost: number[] = [];
  return {
    see({ dueAt, isGood }) {
      if (isGood && dueAt > lastGoodAt) {
        lastGoodAt = dueAt;
        lost = lost.filter((at) => at > dueAt);
      } else if (!isGood && dueAt > lastGoodAt) lost.push(dueAt);
    },
    findReason() {
      return lost.length < count ? undefined : `${lost.length} predictions in a row failed`;
    },
  };
}
