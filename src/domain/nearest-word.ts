/**
 * Returns the candidate with the fewest edits, when they are few enough to be a slip of the fingers; undefined otherwise. Candidates whose length
 * alone rules them out are not compared, so that the cost does not grow with the word.
 */
export function findNearestWord(word: string, candidates: readonly string[]): string | undefined {
  const slip = Math.max(1, Math.floor(word.length / 3));
  const ranked = candidates
    .filter((candidate) => Math.abs(candidate.length - word.length) <= slip)
    .map((candidate) => ({
      candidate,
      distance: countEdits(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .toSorted((left, right) => left.distance - right.distance);
  const [nearest] = ranked;
  return nearest && nearest.distance <= slip ? nearest.candidate : undefined;
}

/** Counts insertions, deletions, replacements and swaps of neighbours from one word to the other (optimal string alignment). */
export function countEdits(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 0; row < from.length; row += 1) {
    const current = [row + 1];
    for (let column = 0; column < to.length; column += 1) {
      const replaced = (previous[column] ?? 0) + (from[row] === to[column] ? 0 : 1);
      const removed = (previous[column + 1] ?? 0) + 1;
      const added = (current[column] ?? 0) + 1;
      const isSwap =
        row > 0 && column > 0 && from[row] === to[column - 1] && from[row - 1] === to[column];
      const swapped = isSwap ? (beforePrevious[column - 1] ?? 0) + 1 : Infinity;
      current.push(Math.min(replaced, removed, added, swapped));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
