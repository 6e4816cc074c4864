import { toMostSeconds } from '../domain/prediction-stream.ts';
import type { Run } from '../domain/run.ts';
import type { DueEntry } from '../evidence/predictions/due-history.ts';
import { GuardWatch } from '../guards/guard-watch.ts';

/** Creates the guards of a run. They are not armed. */
export function createGuards({ proposal }: Run): GuardWatch {
  const { service, fault, guards } = proposal;
  const { ratePerSecond } = service.scoring;
  return new GuardWatch({ guards, ratePerSecond, mostSeconds: toMostSeconds(fault) });
}

/** Shows the guards a prediction, or predictions that were due and not measured. */
export function showToGuards(guards: GuardWatch, entry: DueEntry): void {
  if (entry.kind === 'gap') guards.skip(entry);
  else guards.see({ ...entry, isGood: entry.outcome === 'good' });
}
