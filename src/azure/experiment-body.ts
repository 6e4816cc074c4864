import type { Experiment } from '@azure/arm-chaos';
import type { ApprovedRun } from '../domain/approval.ts';
import type { Cluster, ScoringService } from '../domain/catalogue.ts';
import { toIsoDuration } from '../domain/duration.ts';
import type { PodFault } from '../domain/fault.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';

const podChaos = 'urn:csci:microsoft:azureKubernetesServiceChaosMesh:podChaos/2.2';
/** Waits, and touches nothing. */
const timedDelay = 'urn:csci:microsoft:chaosStudio:timedDelay/1.0';
export const targetType = 'Microsoft-AzureKubernetesServiceChaosMesh';
export const capabilityName = 'PodChaos-2.2';
const selectorId = 'cluster';

/** The tags that bind an experiment resource to the run that it was last written for. */
export const tagNames = {
  product: 'product',
  run: 'chaos-marshal-run',
  digest: 'chaos-marshal-digest',
  /** The newest execution when the resource was written: what is newer is the run's. Told by Azure's order alone, so no clock can mislead. */
  executionBefore: 'chaos-marshal-execution-before',
  /** Which installation wrote it: others may use the same resource group. Absent in experiments of older versions. */
  installation: 'chaos-marshal-installation',
  /** Who had the experiment created ahead of any run. */
  preparedBy: 'chaos-marshal-prepared-by',
} as const;

export const product = 'Chaos Marshal';
export const noExecution = 'none';

/** The experiment that an approved proposal describes: one step, one branch, one pod fault on the service's pods. */
export function toExperimentBody(
  run: ApprovedRun,
  executionBefore = noExecution,
  installation?: string,
): Experiment {
  return {
    ...toUntaggedBody(run.proposal),
    tags: {
      [tagNames.product]: product,
      [tagNames.run]: run.id,
      [tagNames.digest]: run.digest,
      [tagNames.executionBefore]: executionBefore,
      ...toInstallationTag(installation),
    },
  };
}

/** The same before there is a run: it says what would be injected and can start nothing. */
export function toUntaggedBody({ cluster, service, fault }: Proposal): Experiment {
  return {
    ...toFrame(cluster),
    steps: [{ name: 'inject', branches: [{ name: 'pods', actions: [toAction(fault, service)] }] }],
  };
}

/** An experiment that only waits a minute: it gives the identity something to belong to, and is harmless even when somebody starts it in the portal. */
export function toFaultlessBody(
  cluster: Cluster,
  preparedBy: ObjectId,
  installation?: string,
): Experiment {
  const wait = { type: 'delay' as const, name: timedDelay, duration: 'PT1M' };
  return {
    ...toFrame(cluster),
    steps: [{ name: 'wait', branches: [{ name: 'nothing', actions: [wait] }] }],
    tags: {
      [tagNames.product]: product,
      [tagNames.preparedBy]: preparedBy,
      ...toInstallationTag(installation),
    },
  };
}

function toInstallationTag(installation: string | undefined): Record<string, string> {
  return installation === undefined ? {} : { [tagNames.installation]: installation };
}

function toFrame(cluster: Cluster): Pick<Experiment, 'location' | 'identity' | 'selectors'> {
  return {
    location: cluster.location,
    identity: toIdentity(cluster),
    selectors: [
      {
        type: 'List',
        id: selectorId,
        targets: [{ type: 'ChaosTarget', id: toTargetId(cluster) }],
      },
    ],
  };
}

export function toTargetId({ resourceId }: Cluster): string {
  return `${resourceId}/providers/Microsoft.Chaos/targets/${targetType}`;
}

function toIdentity({ experimentIdentityId }: Cluster): NonNullable<Experiment['identity']> {
  return experimentIdentityId === undefined
    ? { type: 'SystemAssigned' }
    : { type: 'UserAssigned', userAssignedIdentities: { [experimentIdentityId]: {} } };
}

function toAction(fault: PodFault, service: ScoringService) {
  return {
    type: 'continuous' as const,
    name: podChaos,
    selectorId,
    duration: toIsoDuration(fault.durationMs),
    parameters: [{ key: 'jsonSpec', value: JSON.stringify(toPodChaos(fault, service)) }],
  };
}

/** The Chaos Mesh specification. Its `value` is a string even where it counts. Ended pods keep their labels, so only running ones are selected. */
function toPodChaos(
  { action, mode, value, containerNames }: PodFault,
  { namespace, selector }: ScoringService,
) {
  return {
    action,
    mode,
    ...(value === undefined ? {} : { value: String(value) }),
    ...(action === 'container-kill' ? { containerNames } : {}),
    selector: {
      namespaces: [namespace],
      labelSelectors: selector,
      podPhaseSelectors: ['Running'],
    },
  };
}
