import { ChaosError } from './chaos-error.ts';

/** Returns the error of an id that names no run. */
export function runNotFound(runId: string): ChaosError {
  return new ChaosError('run-not-found', `There is no run ${runId}.`, {
    suggestion: 'Use `history` to see the runs of this conversation.',
  });
}
