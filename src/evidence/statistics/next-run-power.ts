import { joinedWithinMs } from './episodes.ts';
import { toMomentsInterval, type LossMoments } from './gamma-interval.ts';
import type { Wish } from './needed-predictions.ts';
import { mostMs, toLossRates, type LossPattern } from './needed-time.ts';
import { toTellingLengthMs } from './next-run.ts';
import { toChiSquareQuantile } from './quantiles.ts';

/** How a service loses predictions, and the longest outage that is declared for it. */
export type DeclaredPattern = LossPattern & { readonly longestOutageMs: number };

const shortestMs = 1_000;
/** Lengths are exact to this part of themselves. */
const precision = 0.001;

/**
 * Returns how long one run must be to say, with the power of the wish, whether the service would keep the bound again
 * (method 7 by the interval itself). It is decided if the gamma interval of the losses that are not exceeded with that
 * power lies on the supposed side of the bound. It is never less than 3.69 L/(1 - bound) to say that it would keep it.
 * Undefined where what is supposed is the bound, or a year is not enough.
 */
export function toLengthForNextRunMs(wish: Wish, pattern: DeclaredPattern): number | undefined {
  const { bound, supposed } = wish;
  if (supposed === bound) return undefined;
  const decides = createDecision(wish, pattern);
  let low = 0;
  const leastMs = supposed > bound ? toTellingLengthMs({ bound, ...pattern }) : 0;
  let high = Math.max(shortestMs, leastMs);
  for (; !decides(high); high *= 2) {
    if (!(high < mostMs)) return undefined;
    low = high;
  }
  while (high - low > high * precision) {
    const middle = (low + high) / 2;
    if (decides(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Creates the test whether a run of this length decides. */
function createDecision(wish: Wish, pattern: DeclaredPattern): (lengthMs: number) => boolean {
  const { bound, supposed, power } = wish;
  const { ratePerSecond, longestOutageMs } = pattern;
  const rates = toRates(supposed, pattern);
  const mostLost = Math.max(1, (longestOutageMs / 1_000) * ratePerSecond);
  return (lengthMs) => {
    const seconds = lengthMs / 1_000;
    const due = seconds * ratePerSecond;
    const level = supposed > bound ? power : 1 - power;
    const losses = toLosses(level, seconds, rates);
    const moments = { ...losses, most: Math.max(losses.most, mostLost) };
    const { lower, upper } = toMomentsInterval(moments, due);
    return supposed > bound ? upper <= 1 - bound : lower > 1 - bound;
  };
}

/** What is lost in a second, on average. */
type Rates = {
  /** The first three cumulants. */
  readonly mean: number;
  readonly variance: number;
  readonly third: number;
  /** How many runs of losses begin. */
  readonly runs: number;
  /** What an episode loses for each loss: its mean square over its mean. */
  readonly perLoss: number;
  /** How many outages begin, and what one loses. */
  readonly outages: { readonly count: number; readonly mean: number };
};

/** Bursts with next to no good time between them are one, whatever that joins. */
const mostJoined = 20;

/** Bursts are exponential, and those that are less than `joinedWithinMs` apart are one outage. */
function toRates(supposed: number, pattern: DeclaredPattern): Rates {
  const { ratePerSecond, burstMs } = pattern;
  const { bursts, background } = toLossRates(supposed, pattern);
  const burst = (burstMs / 1_000) * ratePerSecond;
  const alone = ratePerSecond * background;
  const noise = alone * (1 - background);
  const mean = ratePerSecond * (1 - supposed);
  const goodMs = bursts > 0 ? 1_000 / bursts - burstMs : Number.POSITIVE_INFINITY;
  // A geometric number of exponential bursts is exponential, too.
  const joined = Math.exp(Math.min(joinedWithinMs / goodMs, mostJoined));
  return {
    mean,
    variance: bursts * 2 * burst ** 2 + noise,
    third: bursts * 6 * burst ** 3 + noise,
    runs: bursts + noise,
    perLoss: (bursts * 2 * burst ** 2 * joined + alone) / mean,
    outages: { count: bursts / joined, mean: burst * joined },
  };
}

/**
 * Returns the losses that a run of this length does not exceed with this probability. Their sum is taken as a gamma
 * variable with the right first three cumulants, their squares as what goes with that sum, and the largest outage as
 * what it does not exceed with the same probability.
 * Source: Pearson 1959, Biometrika 46, 364 (three moments).
 */
function toLosses(level: number, seconds: number, rates: Rates): LossMoments {
  const { variance, third, perLoss, outages } = rates;
  if (Math.exp(-rates.runs * seconds) >= level) return { sum: 0, squares: 0, most: 0 };
  const mean = rates.mean * seconds;
  const slope = third / variance;
  const degrees = (8 * variance * seconds) / slope ** 2;
  const reached = mean + (slope / 4) * (toChiSquareQuantile(level, degrees) - degrees);
  // Only whole predictions are lost.
  const sum = Math.max(0, level > 0.5 ? Math.ceil(reached) : Math.floor(reached));
  const squares = perLoss * Math.min(sum, mean) + slope * Math.max(0, sum - mean);
  const most = -Math.log(1 - level ** (1 / (outages.count * seconds))) * outages.mean;
  return { sum, squares: Math.min(squares, sum ** 2), most };
}
