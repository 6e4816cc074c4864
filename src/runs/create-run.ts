import { toRunId, type RunId } from '../domain/ids.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import type { Entropy } from './ports/clock.ts';
import type { RecordDeps } from './record.ts';

export type CreateDeps = RecordDeps & { readonly entropy: Entropy };

/**
 * A request that has a key makes a run whose id follows from it, so that of two deliveries at once one makes it and the other finds it. An id that
 * another run has already is given up for a random one. Announces a run that is new.
 */
export async function createRun(
  event: Extract<RunEvent, { type: 'proposed' }>,
  { runs, entropy, announcer }: CreateDeps,
): Promise<Run> {
  const { requestKey } = event.origin;
  let runId = requestKey === undefined ? newRunId(entropy) : toRequestedRunId(requestKey, entropy);
  for (;;) {
    const run = await runs.create(runId, event);
    if (run) {
      announcer.runChanged(run);
      return run;
    }
    const other = await runs.find(runId);
    if (requestKey !== undefined && other?.origin.requestKey === requestKey) return other;
    runId = newRunId(entropy);
  }
}

const newRunId = (entropy: Entropy): RunId => toRunId(entropy.randomBytes(6));

/** The id that a request's run has, if another run did not have it before. */
export function toRequestedRunId(requestKey: string, { sha256 }: Entropy): RunId {
  const hex = sha256(requestKey).slice(0, 12);
  return toRunId(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}
