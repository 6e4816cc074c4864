import type { Run } from '../domain/run.ts';
import { settleWithin } from '../time/settle-within.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { isOngoing, listExecutions, toExecution } from './executions.ts';
import { tagNames } from './experiment-body.ts';

/** The end of a fault waits no longer than this for Azure to say whose it is. */
const answerLimitMs = 1_000;

/**
 * Whether what the experiment runs now is another run's: a cancel names the experiment only and would end that. False where Azure does not say so in time: a fault
 * must not be left behind. Never rejects.
 */
export async function runsForAnother(
  run: Run,
  experimentName: string,
  studio: ChaosStudio,
): Promise<boolean> {
  const look = isAnothers(run, experimentName, studio).catch(() => false);
  return (await settleWithin(answerLimitMs, look)) === true;
}

async function isAnothers(
  { id: runId, executionId }: Run,
  experimentName: string,
  studio: ChaosStudio,
): Promise<boolean> {
  const { experiments, resourceGroup } = studio;
  const executions = await listExecutions(experimentName, studio);
  const ongoing = executions.filter(isOngoing);
  if (ongoing.length === 0) return false;
  if (executionId === undefined) {
    // It is written anew for each run before its start, and not while anything of it runs.
    const { tags } = await experiments.get(resourceGroup, experimentName);
    const writtenFor = tags?.[tagNames.run];
    return writtenFor !== undefined && writtenFor !== runId;
  }
  if (ongoing.some(({ id }) => id === executionId)) return false;
  // Lists lag behind: what is not over may still be the one that runs.
  const own =
    executions.find(({ id }) => id === executionId) ??
    toExecution(await experiments.getExecution(resourceGroup, experimentName, executionId));
  return !isOngoing(own);
}
