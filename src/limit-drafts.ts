import pLimit from 'p-limit';
import { ChaosError } from './domain/chaos-error.ts';
import type { UseCases } from './runs/use-cases.ts';

const mostAtOnce = 8;
const mostWaiting = 200;

/**
 * Bounds how many proposals are drafted at once: each reads pods, asks the directory and writes to the database. The others wait in the order in which they came,
 * a bounded number of them. Nothing else waits for proposals, least of all a stop.
 */
export function limitDrafts(useCases: UseCases): UseCases {
  const limit = pLimit(mostAtOnce);
  const draft = <Drafted>(work: () => Promise<Drafted>): Promise<Drafted> => {
    if (limit.pendingCount >= mostWaiting) throw tooBusy();
    return limit(work);
  };
  return {
    ...useCases,
    propose: async (request) => draft(() => useCases.propose(request)),
    preview: async (request) => draft(() => useCases.preview(request)),
    dryRun: async (request) => draft(() => useCases.dryRun(request)),
  };
}

function tooBusy(): ChaosError {
  return new ChaosError('too-busy', `More than ${mostWaiting} proposals are waiting.`, {
    suggestion: 'Try again in a minute.',
  });
}
