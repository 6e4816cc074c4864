import { setTimeout as delay } from 'node:timers/promises';
import { toChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import type { UseCases } from '../runs/use-cases.ts';

/** What a stop may wait for the database. */
const momentMs = 100;

/**
 * Returns those of the runs that somebody of another organisation may stop: the runs of their own conversation. A run stays in where the database does not
 * say in a moment which conversation it belongs to: in doubt, stop stops.
 */
export async function narrowStop(
  runIds: readonly RunId[],
  asked: { useCases: UseCases; conversationId: string },
): Promise<readonly RunId[]> {
  const kept = await Promise.all(
    runIds.map(async (runId) => ((await isElsewhere(runId, asked)) ? [] : [runId])),
  );
  return kept.flat();
}

/** Asks the journal: who may not see a run may stop it all the same. */
function isElsewhere(
  runId: RunId,
  { useCases, conversationId }: Parameters<typeof narrowStop>[1],
): Promise<boolean> {
  const found = useCases.journal(runId).then(
    ([first]) =>
      first?.event.type === 'proposed' && first.event.origin.conversationId !== conversationId,
    (thrown: unknown) => toChaosError(thrown).code === 'run-not-found',
  );
  return Promise.race([found, delay(momentMs, false, { ref: false })]);
}
