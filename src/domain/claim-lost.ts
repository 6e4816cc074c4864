import { ChaosError } from './chaos-error.ts';
import type { RunId } from './ids.ts';

/** Returns the error of a conductor whose run another process has taken over: `claim-lost`. */
export function claimLost(runId: RunId): ChaosError {
  return new ChaosError('claim-lost', `Another process conducts run ${runId} now.`, {
    suggestion: 'Nothing needs to be done. If it happens often, look at the load of the machine.',
  });
}

/** Whether something failed because another process has taken over the run. */
export function isClaimLost(error: unknown): boolean {
  return error instanceof ChaosError && error.code === 'claim-lost';
}
