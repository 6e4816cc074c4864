import { ChaosError } from '../domain/chaos-error.ts';

/** Returns the error of a database that hangs: `store-unavailable`. */
export function databaseSilent(suggestion = 'Look at its log and its load.'): ChaosError {
  return new ChaosError('store-unavailable', 'The database did not answer in time.', {
    suggestion,
  });
}
