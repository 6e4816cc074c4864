import { parseSampleLine } from './sample-line.ts';

/** As far back as a restart can reach: many times what is measured between two checkpoints. */
const mostRemembered = 20_000;

/**
 * Creates a filter for the lines of a run, in their order. A run that is resumed goes on from its last checkpoint and writes everything due since then as
 * not measured, also what had been measured and kept by the time it was killed. Of each such prediction the filter keeps the earlier line.
 */
export function createRestartFilter(): (lines: readonly string[]) => readonly string[] {
  let remembered: number[] = [];
  let isInGap = false;
  let surplus = 0;
  return (lines) =>
    lines.filter((line) => {
      const sample = parseSampleLine(line);
      if (!sample) return true;
      const { dueAt, outcome } = sample;
      if (outcome === 'restart' && !isInGap)
        surplus = remembered.filter((earlier) => earlier >= dueAt).length;
      isInGap = outcome === 'restart';
      if (isInGap && surplus > 0) {
        surplus -= 1;
        return false;
      }
      remembered.push(dueAt);
      if (remembered.length > 2 * mostRemembered) remembered = remembered.slice(-mostRemembered);
      return true;
    });
}
