import { toNormalProbability } from './quantiles.ts';

/** The losses of each episode in a run and in its earlier ones, and the run's part of the predictions of all. */
export type EpisodeSets = {
  readonly now: readonly number[];
  readonly before: readonly number[];
  /** 0 to 1; 1/(k+1) for k earlier runs of equal length. */
  readonly part: number;
};

/** Above so many episodes the sum is close to normal. */
const mostEpisodes = 60;
/** Sums of the same losses differ in the last digits. */
const rounding = 1e-9;

/**
 * Returns the two-sided probability of so large a difference if nothing changed. If so, each of the pooled episodes
 * fell into the new run with the probability q = part. It is the probability of all allocations whose
 * D = |lost in the new run - q × all lost| is at least the observed one, by exact convolution; above 60 episodes D is
 * taken as normal, with the variance q(1-q) Σw². Takes time in proportion to episodes × lost predictions.
 * Source: Przyborowski & Wilenski 1940, Biometrika 31, 313; Edgington & Onghena 2007, Randomization Tests.
 */
export function testEpisodes({ now, before, part }: EpisodeSets): number {
  const all = [...now, ...before];
  const expected = part * sum(all);
  const observed = Math.abs(sum(now) - expected);
  if (all.length === 0) return 1;
  if (all.length > mostEpisodes) {
    const variance = part * (1 - part) * sum(all.map((lost) => lost * lost));
    return 2 * toNormalProbability(-observed / Math.sqrt(variance));
  }
  let probability = 0;
  toDistribution(all, part).forEach((share, lost) => {
    if (Math.abs(lost - expected) >= observed - rounding) probability += share;
  });
  return Math.min(1, probability);
}

/** The probability of each number of losses in the new run, from none to all. */
function toDistribution(episodes: readonly number[], part: number): Float64Array {
  const probabilities = new Float64Array(sum(episodes) + 1);
  probabilities[0] = 1;
  let most = 0;
  for (const weight of episodes.toSorted((one, next) => one - next)) {
    for (let lost = most; lost >= 0; lost -= 1) {
      const share = probabilities[lost] ?? 0;
      probabilities[lost + weight] = (probabilities[lost + weight] ?? 0) + share * part;
      probabilities[lost] = share * (1 - part);
    }
    most += weight;
  }
  return probabilities;
}

/**
 * Returns the fewest episodes in all with which a change for the worse, or the better, could be told at this level:
 * if all of them, or none, fell into the new run, with the other extreme where that is as far from what is expected.
 */
export function toLeastEpisodes(part: number, way: 'better' | 'worse', level: number): number {
  if (!(part > 0 && part < 1)) return Number.POSITIVE_INFINITY;
  const [here, there] = way === 'worse' ? [part, 1 - part] : [1 - part, part];
  const isAsFar = here >= there - rounding;
  const toLeast = (count: number) => here ** count + (isAsFar ? there ** count : 0);
  let count = Math.max(1, Math.ceil(Math.log(level) / Math.log(here)));
  while (toLeast(count) >= level) count += 1;
  return count;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
