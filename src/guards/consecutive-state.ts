import type { GuardState } from './guard-state.ts';

/**
 * Counts the failed predictions that were due after the last good one, and without a break of the measurement between them: what was not measured may have been
 * good. They are counted by due time: one that is given up late does not follow the good ones that were answered meanwhile.
 */
export function createConsecutiveState({ count }: { readonly count: number }): GuardState {
  let lastGoodAt = Number.NEGATIVE_INFINITY;
  let lost: number[] = [];
  let breaks: number[] = [];
  const countLongest = () => {
    const ends = [...breaks, Number.POSITIVE_INFINITY];
    return Math.max(
      ...ends.map((end, index) => {
        const from = ends[index - 1] ?? Number.NEGATIVE_INFINITY;
        return lost.filter((at) => at >= from && at < end).length;
      }),
    );
  };
  return {
    see({ dueAt, isGood }) {
      if (isGood && dueAt > lastGoodAt) {
        lastGoodAt = dueAt;
        lost = lost.filter((at) => at > dueAt);
        breaks = breaks.filter((at) => at > dueAt);
      } else if (!isGood && dueAt > lastGoodAt) lost.push(dueAt);
    },
    interrupt(since) {
      if (!breaks.includes(since))
        breaks = [...breaks, since].toSorted((one, other) => one - other);
    },
    findReason() {
      const longest = lost.length < count ? 0 : countLongest();
      return longest < count ? undefined : `${longest} predictions in a row failed`;
    },
  };
}
