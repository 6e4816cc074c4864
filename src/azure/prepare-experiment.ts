import type { Experiment } from '@azure/arm-chaos';
import type { ApprovedRun } from '../domain/approval.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { isTransient, type AzureFailure } from './azure-error.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { noExecution, tagNames, toExperimentBody } from './experiment-body.ts';
import { findDrift } from './experiment-drift.ts';
import { isOngoing, listExecutions } from './executions.ts';
import { retryTransient } from './retry-transient.ts';

/** A Retry-After of a minute is waited for. */
const prepareLimitMs = 90_000;

/**
 * Writes the experiment down in Azure and reads it back. Writing the same again changes nothing, so it is tried again when Azure
 * stumbles. Rejects with `azure-conflict` while another execution of it goes on.
 */
export async function prepareExperiment(
  run: ApprovedRun,
  experimentName: string,
  studio: ChaosStudio,
): Promise<void> {
  const { clock, experiments, resourceGroup } = studio;
  const retries = { clock, limitMs: prepareLimitMs, isRetried, obeysRetryAfter: true } as const;
  await retryTransient(async () => {
    const [newest] = await listExecutions(experimentName, studio);
    if (newest && isOngoing(newest)) throw isRunning(experimentName);
    const body = toExperimentBody(run, newest?.id ?? noExecution, studio.installation());
    await experiments.beginCreateOrUpdateAndWait(resourceGroup, experimentName, body);
  }, retries);
  await retryTransient(() => readPrepared(run, experimentName, studio), retries);
}

/** Azure refuses to write what it is writing still: the attempt before may have gone further than its answer. */
function isRetried(failure: AzureFailure): boolean {
  const isBeingWritten = failure.statusCode === 409 && failure.code === 'Conflict';
  return isTransient(failure) || isBeingWritten;
}

/** The resource as Azure has it, when it still is what this run had written. Rejects with `azure-conflict` when it is not. */
export async function readPrepared(
  run: ApprovedRun,
  experimentName: string,
  { experiments, resourceGroup }: ChaosStudio,
): Promise<Experiment> {
  const found = await experiments.get(resourceGroup, experimentName);
  const drift = findDrift(toExperimentBody(run), found);
  if (drift === undefined) return found;
  throw new ChaosError(
    'azure-conflict',
    `Somebody changed the experiment ${experimentName} in Azure: ${drift} is not what was approved.`,
    {
      suggestion:
        'Find out who changed it; nothing was injected. Propose the experiment again to write it anew.',
    },
  );
}

/** The newest execution that there was before this run; undefined when the resource was not written for this run. */
export function readExecutionBefore(
  runId: ApprovedRun['id'],
  { tags }: Experiment,
): string | undefined {
  return tags?.[tagNames.run] === runId ? tags[tagNames.executionBefore] : undefined;
}

export function isRunning(experimentName: string): ChaosError {
  return new ChaosError(
    'azure-conflict',
    `The experiment ${experimentName} is running already in Azure.`,
    { suggestion: 'Stop it (`stop all`, or in the portal) or wait for its end, then try again.' },
  );
}
