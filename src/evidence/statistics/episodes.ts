import type { LossRun, Observation } from './loss-runs.ts';

/** The probability that background losses alone look like an outage somewhere in a run. */
const chance = 0.05;
const leastInARow = 3;
/** Outages less than this apart are one. */
export const joinedWithinMs = 1_000;

/**
 * Returns the losses of each episode of an observation: of each outage, and 1 for each other loss. Episodes are the
 * units that may be taken as independent of each other. An outage is a run of at least m losses, with
 * m = max(3, ⌈ln(0.05/n) / ln((single losses + 1)/n)⌉) for n predictions, so that losses that are independent make
 * one in at most 5% of runs. Outages less than 1 s apart are joined, with the losses between them.
 * Source: runs of failures: Feller 1968, An Introduction to Probability Theory I, XIII.7.
 */
export function toEpisodes(observation: Observation): readonly number[] {
  const least = toLeastOutage(observation);
  const outages: { until: number; lost: number }[] = [];
  let [single, between] = [0, 0];
  for (const { from, until, lost } of observation.lossRuns) {
    const last = outages.at(-1);
    if (lost < least) between += lost;
    else if (last && from - last.until < joinedWithinMs) {
      last.lost += between + lost;
      last.until = until;
      between = 0;
    } else {
      single += between;
      between = 0;
      outages.push({ until, lost });
    }
  }
  const others = Array.from({ length: single + between }, () => 1);
  return [...outages.map(({ lost }) => lost), ...others];
}

/** Returns the fewest losses in a row that are an outage; infinite where no number is telling. */
export function toLeastOutage({ due, lossRuns }: Observation): number {
  const share = (countSingles(lossRuns) + 1) / due;
  if (!(share < 1)) return Number.POSITIVE_INFINITY;
  return Math.max(leastInARow, Math.ceil(Math.log(chance / due) / Math.log(share)));
}

function countSingles(lossRuns: readonly LossRun[]): number {
  return lossRuns.filter(({ lost }) => lost === 1).length;
}
