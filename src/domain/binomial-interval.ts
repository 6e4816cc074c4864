/** A two-sided confidence interval for a share, both ends between 0 and 1. */
export type Interval = { readonly lower: number; readonly upper: number };

/**
 * The exact binomial interval of Clopper and Pearson (Biometrika 26, 1934) for `successes` out of `trials`.
 * Its ends are quantiles of beta distributions, found by bisection on the regularised incomplete beta function.
 */
export function toBinomialInterval(successes: number, trials: number, confidence = 0.95): Interval {
  if (trials === 0) return { lower: 0, upper: 1 };
  const tail = (1 - confidence) / 2;
  const failures = trials - successes;
  return {
    lower: successes === 0 ? 0 : betaQuantile(tail, successes, failures + 1),
    upper: failures === 0 ? 1 : betaQuantile(1 - tail, successes + 1, failures),
  };
}

function betaQuantile(probability: number, alpha: number, beta: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (regularizedBeta(middle, alpha, beta) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** I_x(a, b) by its continued fraction, evaluated on the side where it converges fast (DLMF 8.17.22 and 8.17.4). */
function regularizedBeta(x: number, alpha: number, beta: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (alpha + 1) / (alpha + beta + 2)) return 1 - regularizedBeta(1 - x, beta, alpha);
  const front = Math.exp(
    logGamma(alpha + beta) -
      logGamma(alpha) -
      logGamma(beta) +
      alpha * Math.log(x) +
      beta * Math.log1p(-x),
  );
  return (front / alpha) * betaFraction(x, alpha, beta);
}

/** The continued fraction of DLMF 8.17.22 by Lentz's method. */
function betaFraction(x: number, alpha: number, beta: number): number {
  const away = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((alpha + beta) * x) / (alpha + 1));
  let result = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (beta - m) * x) / ((alpha + 2 * m - 1) * (alpha + 2 * m));
    const odd = (-(alpha + m) * (alpha + beta + m) * x) / ((alpha + 2 * m) * (alpha + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      result *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return result;
}

/** ln Γ(x) for x > 0: Stirling's series after shifting the argument above 10 (DLMF 5.11.1 and 5.5.1). */
export function logGamma(x: number): number {
  let shift = 0;
  let shifted = x;
  for (; shifted < 10; shifted += 1) shift += Math.log(shifted);
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2 + series - shift;
}
