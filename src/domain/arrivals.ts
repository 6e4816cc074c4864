import type { Arrivals } from '../evidence/statistics/judge-share.ts';
import type { ScoringService } from './catalogue.ts';

/** Returns how the predictions of a service are spread in time, which decides how their measuring error is computed. */
export function toArrivals({ arrivals }: Pick<ScoringService['scoring'], 'arrivals'>): Arrivals {
  return arrivals?.kind === 'poisson' ? 'poisson' : 'jittered';
}
