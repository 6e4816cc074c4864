import { testEpisodes, toLeastEpisodes } from './episode-test.ts';
import { toEpisodes } from './episodes.ts';
import { toOpposite, type Interval } from './interval.ts';
import { toLostInterval, type Arrivals } from './judge-share.ts';
import { countLost, toLosses, type Losses, type Observation } from './loss-runs.ts';
import { toPredictionInterval } from './prediction-interval.ts';
import { toDifference, type Difference, type Estimate } from './share-difference.ts';

/** Whether a service does better or worse than in earlier runs of the same length. */
export type Change = 'better' | 'worse' | 'no-difference-can-be-told' | 'too-few-episodes';

export type RunComparison = {
  readonly change: Change;
  /** The share kept, now minus before, as measured. */
  readonly measured: Difference;
  /** The probability of so large a difference if nothing changed, by the episode test. */
  readonly probability: number;
  /** Episodes of losses in all these runs. */
  readonly episodes: number;
  /** The fewest episodes in all that can tell a change in the measured direction. */
  readonly neededEpisodes: number;
  /** Where the share kept of one more run like the earlier ones lies; from three earlier runs on. */
  readonly expected?: Interval;
  /** With fewer than three earlier runs, the change is told only if runs of this kind differ by chance alone. */
  readonly assumesRunsAlike: boolean;
};

const level = 0.05;
/** From so many earlier runs on, they show themselves how much runs differ. */
const leastForExpected = 3;

/**
 * Compares a run with earlier ones of equal length. A change is told when the episode test finds it at 5% (method 3)
 * and, from three earlier runs on, the run also lies outside the 95% prediction interval of those. Undefined where
 * either side has no known prediction.
 */
export function compareRuns(
  now: Observation,
  earlier: readonly Observation[],
  arrivals: Arrivals,
): RunComparison | undefined {
  const before = earlier.map(toLosses).reduce(add, { due: 0, lost: 0, runs: 0 });
  if (now.due === 0 || before.due === 0) return undefined;
  const measured = toDifference(toEstimate(toLosses(now), arrivals), toEstimate(before, arrivals));
  const sets = {
    now: toEpisodes(now),
    before: earlier.flatMap(toEpisodes),
    part: now.due / (now.due + before.due),
  };
  const way = measured.difference > 0 ? 'better' : 'worse';
  const facts = {
    measured,
    probability: testEpisodes(sets),
    episodes: sets.now.length + sets.before.length,
    neededEpisodes: toLeastEpisodes(sets.part, way, level),
    assumesRunsAlike: earlier.length < leastForExpected,
    ...expect(earlier),
  };
  return { change: findChange(facts, toKept(now)), ...facts };
}

function findChange(facts: Omit<RunComparison, 'change'>, kept: number): Change {
  if (facts.episodes < facts.neededEpisodes) return 'too-few-episodes';
  const { expected, measured, probability } = facts;
  const isUsual = expected && kept >= expected.lower && kept <= expected.upper;
  if (probability >= level || isUsual) return 'no-difference-can-be-told';
  return measured.difference > 0 ? 'better' : 'worse';
}

function expect(earlier: readonly Observation[]): { readonly expected?: Interval } {
  const measured = earlier.filter(({ due }) => due > 0);
  if (measured.length < leastForExpected) return {};
  const expected = toPredictionInterval(measured.map(toKept));
  return expected ? { expected } : {};
}

function toKept({ due, lossRuns }: Observation): number {
  return 1 - countLost(lossRuns) / due;
}

function toEstimate(losses: Losses, arrivals: Arrivals): Estimate {
  const interval = toOpposite(toLostInterval(losses, arrivals));
  return { share: 1 - losses.lost / losses.due, interval };
}

function add(one: Losses, next: Losses): Losses {
  return {
    due: one.due + next.due,
    lost: one.lost + next.lost,
    runs: one.runs + next.runs,
  };
}
