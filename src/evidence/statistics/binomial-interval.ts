import type { Interval } from './interval.ts';
import { toBetaQuantile } from './quantiles.ts';

/**
 * Returns the exact interval of a binomial share, `successes` out of `trials`: its ends are the beta quantiles
 * B(α/2; s, n-s+1) and B(1-α/2; s+1, n-s). For predictions at random instants of their own slots, or at Poisson
 * arrivals, it misses the run's own average in at most α/2 a side, whatever the service did.
 * Source: Clopper & Pearson 1934, Biometrika 26, 404; trials of unequal probability: Hoeffding 1956,
 * Ann. Math. Stat. 27, 713; Poisson arrivals: Wolff 1982, Oper. Res. 30, 223.
 */
export function toBinomialInterval(successes: number, trials: number, confidence = 0.95): Interval {
  if (trials === 0) return { lower: 0, upper: 1 };
  const tail = (1 - confidence) / 2;
  const failures = trials - successes;
  return {
    lower: successes === 0 ? 0 : toBetaQuantile(tail, successes, failures + 1),
    upper: failures === 0 ? 1 : toBetaQuantile(1 - tail, successes + 1, failures),
  };
}

/** Returns the one-sided upper limit of a binomial share (Clopper & Pearson 1934); 1 without trials. */
export function toUpperLimit(successes: number, trials: number, confidence = 0.95): number {
  if (successes >= trials) return 1;
  return toBetaQuantile(confidence, successes + 1, trials - successes);
}
