import type { Experiment } from '@azure/arm-chaos';
import { isTransient, readFailure, toAzureError, type AzureFailure } from './azure-error.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { product, tagNames } from './experiment-body.ts';
import { experimentNamePrefix } from './experiment-name.ts';
import { isOngoing, listExecutions } from './executions.ts';
import { retryTransient } from './retry-transient.ts';

/** Whoever waits for this tries again afterwards, and watches in between. */
const cancelLimitMs = 30_000;

/**
 * Asks Azure to end what the experiment runs; resolves once Azure has accepted, or when nothing runs. Asked again through every
 * failure that may pass: asking twice does no harm, not asking does. Rejects as the SDK does.
 */
export function cancelExperiment(experimentName: string, studio: ChaosStudio): Promise<void> {
  return retryTransient(() => sendCancel(experimentName, studio), {
    clock: studio.clock,
    limitMs: cancelLimitMs,
    isRetried: (failure) => isTransient(failure) || isRefusedForNow(failure),
  });
}

async function sendCancel(experimentName: string, studio: ChaosStudio): Promise<void> {
  const { experiments, resourceGroup } = studio;
  let accepted = false;
  const onResponse = ({ status }: { status: number }) => {
    accepted ||= status < 300;
  };
  try {
    await experiments.beginCancel(resourceGroup, experimentName, { onResponse });
  } catch (error) {
    if (accepted) return;
    if (isRefusedForNow(readFailure(error)) && !(await hasOngoing(experimentName, studio))) return;
    throw error;
  }
}

/** Azure found nothing to cancel, or the experiment in a state in which it cannot be cancelled yet. */
function isRefusedForNow({ statusCode }: AzureFailure): boolean {
  return statusCode !== undefined && [400, 404, 409, 412, 422].includes(statusCode);
}

async function hasOngoing(experimentName: string, studio: ChaosStudio): Promise<boolean> {
  return (await listExecutions(experimentName, studio)).some(isOngoing);
}

/**
 * Cancels every experiment of ours in the resource group that has something running, all at once, and says which. One that Azure says
 * nothing about is cancelled too. Rejects when one could not be cancelled, after all were tried.
 */
export async function cancelEverything(studio: ChaosStudio): Promise<readonly string[]> {
  const names = await retryTransient(() => listOurs(studio), {
    clock: studio.clock,
    limitMs: cancelLimitMs,
    isRetried: isTransient,
  });
  const outcomes = await Promise.allSettled(names.map((name) => cancelIfOngoing(name, studio)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return names.filter((_, index) => {
    const outcome = outcomes[index];
    return outcome?.status === 'fulfilled' && outcome.value;
  });
}

async function listOurs({ experiments, resourceGroup }: ChaosStudio): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const experiment of experiments.list(resourceGroup)) {
    if (experiment.name !== undefined && isOurs(experiment)) names.push(experiment.name);
  }
  return names;
}

/** Both the name and the tag: a name alone can be anybody's. */
function isOurs({ name, tags }: Experiment): boolean {
  return name?.startsWith(experimentNamePrefix) === true && tags?.[tagNames.product] === product;
}

async function cancelIfOngoing(name: string, studio: ChaosStudio): Promise<boolean> {
  const ongoing = await hasOngoing(name, studio).catch(() => true);
  if (!ongoing) return false;
  try {
    await cancelExperiment(name, studio);
  } catch (error) {
    throw toAzureError(error, `cancel the experiment ${name}`);
  }
  return true;
}
