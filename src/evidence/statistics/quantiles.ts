import { bdtr, compiled, igami, incbi, ndtr, ndtri, stdtri } from 'cephes';

// The library is WebAssembly; its functions work from here on.
await compiled;

/** The library may throw or never return for numbers that make no sense; these functions give NaN for them. */
function isPositive(...values: readonly number[]): boolean {
  return values.every((value) => value > 0 && Number.isFinite(value));
}

function isProbability(value: number): boolean {
  return value > 0 && value < 1;
}

/** Above so many degrees of freedom the library's chi-square quantile may underflow. */
const mostDegrees = 2_000;

/** Returns the quantile of the chi-square distribution, to 8 digits for probabilities from 0.001 to 0.999. */
export function toChiSquareQuantile(probability: number, degrees: number): number {
  if (!isPositive(degrees) || !isProbability(probability)) return Number.NaN;
  if (degrees > mostDegrees) return expandChiSquare(toNormalQuantile(probability), degrees);
  return 2 * igami(degrees / 2, 1 - probability);
}

/**
 * The expansion of Cornish and Fisher for many degrees of freedom n and the normal quantile z (Abramowitz & Stegun,
 * Handbook of Mathematical Functions, 26.2.49 with the cumulants of chi-square).
 */
function expandChiSquare(z: number, n: number): number {
  const root = Math.sqrt(2 * n);
  const first = n + z * root + (2 / 3) * (z ** 2 - 1);
  return first + (z ** 3 - 7 * z) / (9 * root) - (6 * z ** 4 + 14 * z ** 2 - 32) / (405 * n);
}

/** Returns the quantile of the beta distribution. */
export function toBetaQuantile(probability: number, alpha: number, beta: number): number {
  if (!isPositive(alpha, beta) || !isProbability(probability)) return Number.NaN;
  return incbi(alpha, beta, probability);
}

/** Returns the quantile of Student's t distribution; `degrees` is a whole number. */
export function toTQuantile(probability: number, degrees: number): number {
  if (!isPositive(degrees) || !isProbability(probability)) return Number.NaN;
  return stdtri(degrees, probability);
}

/** Returns the quantile of the standard normal distribution. */
export function toNormalQuantile(probability: number): number {
  return isProbability(probability) ? ndtri(probability) : Number.NaN;
}

/** Returns the probability that a standard normal variable is at most `value`. */
export function toNormalProbability(value: number): number {
  return ndtr(value);
}

/** Returns the probability of at most `successes` out of `trials`, each with the probability `share`. */
export function toBinomialProbability(successes: number, trials: number, share: number): number {
  if (successes < 0) return 0;
  return successes >= trials ? 1 : bdtr(successes, trials, share);
}
