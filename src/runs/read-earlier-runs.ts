import type { ScoringService } from '../domain/catalogue.ts';
import type { Run } from '../domain/run.ts';
import type { Clock, RunStore } from './ports.ts';

export type EarlierDeps = { readonly runs: Pick<RunStore, 'list'>; readonly clock: Clock };

/** Longer than any run takes from its proposal to its end. */
const longestLifeMs = 2 * 24 * 3_600_000;
/** More than a team can do in the span of an objective. */
const mostRuns = 10_000;

/** The ended runs that may count against the error budget of a service; none when it has no objective. */
export async function readEarlierRuns(
  { objective }: ScoringService,
  { runs, clock }: EarlierDeps,
): Promise<readonly Run[]> {
  if (!objective) return [];
  const since = clock.now() - objective.overMs - longestLifeMs;
  return runs.list({ phases: ['ended'], since, limit: mostRuns });
}
