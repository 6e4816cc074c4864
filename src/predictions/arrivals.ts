import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ScoringService } from '../domain/catalogue.ts';

/**
 * The time from each prediction to the next, in ms. Constant, or those of a Poisson process, as of users who do not know of each other:
 * exponential, by inversion of its distribution (Devroye, Non-Uniform Random Variate Generation, II.2). The same seed gives the same.
 */
export function createGaps({
  ratePerSecond,
  arrivals,
}: Pick<ScoringService['scoring'], 'ratePerSecond' | 'arrivals'>): () => number {
  const meanMs = 1_000 / ratePerSecond;
  if (!arrivals) return () => meanMs;
  const random = xoroshiro128plus(arrivals.seed);
  return () => -Math.log(1 - uniformFloat64(random)) * meanMs;
}
