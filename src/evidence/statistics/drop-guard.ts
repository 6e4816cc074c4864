import { toNormalQuantile } from './quantiles.ts';

/**
 * A sequential guard: has availability fallen from what is acceptable to what is not? Shares are 0 to 1, `from`
 * above `to`; `falseAlarms` is the share of runs in which it may say so although availability never fell.
 */
export type DropGuard = {
  readonly from: number;
  readonly to: number;
  readonly falseAlarms: number;
  /** The mean length of a burst of losses that is normal for the service; 0 when losses are independent. */
  readonly burstMs: number;
  readonly ratePerSecond: number;
  /** For how long the guard watches. */
  readonly watchedMs: number;
};

/** What one prediction adds to the evidence: `good` is negative, `lost` positive, in natural units of likelihood. */
export type EvidenceWeights = { readonly good: number; readonly lost: number };

/**
 * Returns the logarithms of the likelihood ratio of `to` against `from`: ln(to/from) for a good prediction and
 * ln((1-to)/(1-from)) for a lost one. Source: Wald 1945, Ann. Math. Stat. 16, 117.
 */
export function toEvidenceWeights({ from, to }: Pick<DropGuard, 'from' | 'to'>): EvidenceWeights {
  return { good: Math.log(to / from), lost: Math.log((1 - to) / (1 - from)) };
}

/**
 * Returns the evidence at which the guard trips (method 4): the larger of two limits, for S seconds watched, r
 * predictions a second, a false alarms, f = from, t = to.
 *
 * For independent losses ln(r S (1-t)/a): evidence is the highest of the walks that begin at each of r S predictions.
 * Only walks that begin with a loss count; each reaches x with a probability of at most (1-t) exp(-x), since the
 * likelihood ratio is a martingale. This looks at each prediction; looks once a second would need ln(S/a).
 *
 * For bursts of the mean length b, exponential, ln((1-f)(S/b+1)/a)/R with R = 1/(b r wl) - 1/(g r wg), the mean good
 * spell g = b f/(1-f), and the weights wl of a lost and wg of a good prediction, without sign. Only walks that begin
 * with a burst count, some (1-f)(S/b+1); each reaches x with the probability exp(-R x). Where bursts are heavy-tailed,
 * b is the length that 1 burst in 1,000 exceeds, divided by 6.9.
 *
 * Source: Ville 1939, Étude critique de la notion de collectif; Page 1954, Biometrika 41, 100; Lorden 1971,
 * Ann. Math. Stat. 42, 1897; Lundberg's exponent: Asmussen & Albrecher 2010, Ruin Probabilities.
 */
export function toEvidenceLimit(guard: DropGuard): number {
  const { from, to, falseAlarms, burstMs, ratePerSecond, watchedMs } = guard;
  const beginnings = (watchedMs / 1_000) * ratePerSecond * (1 - to);
  const independent = Math.log(beginnings / falseAlarms);
  if (burstMs === 0) return independent;
  const bursts = (1 - from) * (watchedMs / burstMs + 1);
  return Math.max(independent, Math.log(bursts / falseAlarms) / toExponent(guard));
}

/** Lundberg's exponent R of the evidence under bursts. */
function toExponent(guard: DropGuard): number {
  const { good, lost } = toEvidenceWeights(guard);
  const burst = (guard.burstMs / 1_000) * guard.ratePerSecond;
  const spell = (burst * guard.from) / (1 - guard.from);
  return 1 / (burst * lost) + 1 / (spell * good);
}

/** How long a guard takes, in milliseconds, from a fall to its end: expected, and at most with 95%. */
export type TimeToTrip = { readonly expectedMs: number; readonly mostMs: number };

/**
 * Returns how long the guard takes from a fall to this availability, with independent losses: limit/drift by Wald's
 * approximation, and 1.645 standard deviations more, √(limit × variance/drift³). Undefined where the evidence does
 * not grow. Source: Wald 1945, Ann. Math. Stat. 16, 117; Siegmund 1985, Sequential Analysis, ch. 8.
 */
export function toTimeToTrip(guard: DropGuard, availability: number): TimeToTrip | undefined {
  const { good, lost } = toEvidenceWeights(guard);
  const drift = availability * good + (1 - availability) * lost;
  if (drift <= 0) return undefined;
  const limit = toEvidenceLimit(guard);
  const variance = availability * (1 - availability) * (lost - good) ** 2;
  const expected = limit / drift;
  const most = expected + toNormalQuantile(0.95) * Math.sqrt((limit * variance) / drift ** 3);
  const toMs = (predictions: number) => Math.ceil(predictions) * (1_000 / guard.ratePerSecond);
  return { expectedMs: toMs(expected), mostMs: toMs(most) };
}
