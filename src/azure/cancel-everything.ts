import type { Experiment } from '@azure/arm-chaos';
import type { CancelledAll } from '../runs/ports/fault-gateway.ts';
import { settleWithin } from '../time/settle-within.ts';
import { isTransient, toAzureError } from './azure-error.ts';
import { cancelExperiment, cancelLimitMs, type Cancelling } from './cancel-experiment.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { isOngoing, listExecutions } from './executions.ts';
import { product, tagNames } from './experiment-body.ts';
import { experimentNamePrefix } from './experiment-name.ts';
import { retryTransient } from './retry-transient.ts';

/** Whether those of others run is only told: no answer waits longer for it. */
const lookLimitMs = 2_000;

/**
 * Cancels every experiment of this installation in the resource group that has something running, all at once, and says which. One that Azure says
 * nothing about is cancelled too, and one that does not say whose it is. Rejects when one could not be cancelled, after all were tried.
 */
export async function cancelEverything(studio: Cancelling): Promise<CancelledAll> {
  const found = await retryTransient(() => listOurs(studio), {
    clock: studio.clock,
    limitMs: cancelLimitMs,
    isRetried: isTransient,
  });
  const isLeftAlone = (experiment: Experiment) => isOfAnother(experiment, studio.installation());
  const names = found.filter((one) => !isLeftAlone(one)).map(toName);
  const others = found.filter(isLeftAlone).map(toName);
  const [outcomes, leftAlone] = await Promise.all([
    Promise.allSettled(names.map((name) => cancelIfOngoing(name, studio))),
    countOngoing(others, studio),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  const cancelled = names.filter((_, index) => {
    const outcome = outcomes[index];
    return outcome?.status === 'fulfilled' && outcome.value;
  });
  return { cancelled, leftAlone };
}

async function listOurs({ experiments, resourceGroup }: ChaosStudio) {
  const found: Experiment[] = [];
  for await (const experiment of experiments.list(resourceGroup))
    if (isOurs(experiment)) found.push(experiment);
  return found;
}

const toName = ({ name = '' }: Experiment) => name;

/** Both the name and the tag: a name alone can be anybody's. */
function isOurs({ name, tags }: Experiment): boolean {
  return name?.startsWith(experimentNamePrefix) === true && tags?.[tagNames.product] === product;
}

/** Better a fault too many is ended than one too few: only what surely is another's is left alone. */
function isOfAnother({ tags }: Experiment, installation: string | undefined): boolean {
  const writtenBy = tags?.[tagNames.installation];
  return installation !== undefined && writtenBy !== undefined && writtenBy !== installation;
}

/** Counts those that run, or may. Never rejects. */
async function countOngoing(names: readonly string[], studio: ChaosStudio): Promise<number> {
  const looks = names.map(async (name) => {
    const listed = listExecutions(name, studio).catch(() => undefined);
    const executions = await settleWithin(lookLimitMs, listed);
    return executions?.some(isOngoing) ?? true;
  });
  return (await Promise.all(looks)).filter(Boolean).length;
}

/** Ends what the experiment runs now, once for everybody who asks for it at the same time. */
async function cancelIfOngoing(name: string, studio: Cancelling): Promise<boolean> {
  const executions = await listExecutions(name, studio).catch(() => undefined);
  const ongoing = executions?.filter(isOngoing).map(({ id }) => id);
  if (ongoing?.length === 0) return false;
  const fault = [name, ...(ongoing ?? [])].join(' ');
  const { underway } = studio;
  const cancelled = underway.get(fault) ?? cancelExperiment(name, fault, studio);
  underway.set(fault, cancelled);
  try {
    await cancelled;
  } catch (error) {
    throw toAzureError(error, `cancel the experiment ${name}`);
  } finally {
    underway.delete(fault);
  }
  return true;
}
