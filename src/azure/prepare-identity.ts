import type { Experiment } from '@azure/arm-chaos';
import { ChaosError } from '../domain/chaos-error.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { ExperimentIdentity, ExperimentPlan } from '../runs/ports/fault-gateway.ts';
import { isTransient, readFailure } from './azure-error.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { product, tagNames, toFaultlessBody } from './experiment-body.ts';
import { findIdentityDrift } from './experiment-drift.ts';
import { isOngoing, listExecutions } from './executions.ts';
import { toGrantCommand } from './grant-command.ts';
import { isRunning } from './prepare-experiment.ts';
import { retryRead, retryTransient } from './retry-transient.ts';

const writeLimitMs = 60_000;

/**
 * Creates the experiment without any fault, or writes it again where its identity is not the one that chaos.yaml wants. An experiment that
 * is as wanted is left alone, so that a run which was just prepared keeps it. Nothing is ever started.
 */
export async function prepareIdentity(
  plan: ExperimentPlan & { readonly by: ObjectId },
  experimentName: string,
  studio: ChaosStudio,
): Promise<ExperimentIdentity> {
  const wanted = toFaultlessBody(plan.cluster, plan.by, studio.installation());
  const found = await findExperiment(experimentName, studio);
  if (found && found.tags?.[tagNames.product] !== product) throw notOurs(experimentName);
  if (found && !findIdentityDrift(wanted, found))
    return toExperimentIdentity(found, plan, experimentName);
  const [newest] = await retryRead(() => listExecutions(experimentName, studio), studio);
  if (newest && isOngoing(newest)) throw isRunning(experimentName);
  const { clock, experiments, resourceGroup } = studio;
  await retryTransient(
    () => experiments.beginCreateOrUpdateAndWait(resourceGroup, experimentName, wanted),
    { clock, limitMs: writeLimitMs, isRetried: isTransient, obeysRetryAfter: true },
  );
  const written = await findExperiment(experimentName, studio);
  return { ...toExperimentIdentity(written, plan, experimentName), created: true };
}

/** The experiment as Azure has it; undefined when there is none of that name. */
export function findExperiment(
  experimentName: string,
  studio: ChaosStudio,
): Promise<Experiment | undefined> {
  const { experiments, resourceGroup } = studio;
  return retryRead(
    () =>
      experiments.get(resourceGroup, experimentName).catch((error: unknown) => {
        const { statusCode, code } = readFailure(error);
        if (statusCode === 404 && code !== 'ResourceGroupNotFound') return undefined;
        throw error;
      }),
    studio,
  );
}

/** AKS needs these of whoever injects Chaos Mesh faults; the last one only where kubeconfigs of cluster users may not do it. */
const roles = [
  'Azure Kubernetes Service RBAC Admin',
  'Azure Kubernetes Service Cluster User Role',
  'Azure Kubernetes Service Cluster Admin Role',
];

function toExperimentIdentity(
  found: Experiment | undefined,
  { cluster }: ExperimentPlan,
  experimentName: string,
): ExperimentIdentity {
  const assigned = Object.values(found?.identity?.userAssignedIdentities ?? {});
  const principalId = found?.identity?.principalId ?? assigned[0]?.principalId;
  return {
    experimentName,
    kind: cluster.experimentIdentityId === undefined ? 'system-assigned' : 'user-assigned',
    created: false,
    ...(principalId ? { principalId } : {}),
    grants: roles.map((role) => toGrantCommand({ principalId, role, scope: cluster.resourceId })),
  };
}

function notOurs(experimentName: string): ChaosError {
  return new ChaosError(
    'azure-conflict',
    `Azure has an experiment ${experimentName} that Chaos Marshal did not create, so it was left alone.`,
    { suggestion: 'Delete or rename that experiment, or rename the experiment in chaos.yaml.' },
  );
}
