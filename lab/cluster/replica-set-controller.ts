import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../scoring/seeded-random.ts';
import type { ClusterApi } from './cluster-api.ts';
import { type Controller, startController } from './controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Pod, ReplicaSet } from './objects.ts';
import { deletePod, isControlledBy, isReady, isTerminating, toReplicas } from './pods.ts';
import { toRandomSuffix } from './random-name.ts';

/** Holds the number of pods of each replica set; a pod that is being deleted no longer counts. */
export function startReplicaSetController(
  api: ClusterApi,
  events: EventRecorder,
  random: Random,
): Controller {
  return startController([api.replicasets, api.pods], () => {
    for (const replicaSet of api.replicasets.list()) reconcile(replicaSet);
  });

  function reconcile(replicaSet: ReplicaSet): void {
    const pods = listActivePods(api, replicaSet);
    const missing = toReplicas(replicaSet) - pods.length;
    for (let count = 0; count < missing; count += 1) createPod(replicaSet);
    const surplus = pods.toSorted(byWorth).slice(0, Math.max(0, -missing));
    for (const pod of surplus) removePod(replicaSet, pod);
    updateStatus(api, replicaSet);
  }

  function createPod(replicaSet: ReplicaSet): void {
    const { name } = api.pods.create(toPod(replicaSet, toRandomSuffix(random))).metadata;
    record(replicaSet, 'SuccessfulCreate', `Created pod: ${name}`);
  }

  function removePod(replicaSet: ReplicaSet, pod: Pod): void {
    deletePod(api, pod);
    record(replicaSet, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }

  function record(about: ReplicaSet, reason: string, message: string): void {
    const source = { component: 'replicaset-controller' };
    events.record({ about, type: 'Normal', reason, message, source });
  }
}

function listActivePods(api: ClusterApi, { metadata }: ReplicaSet): Pod[] {
  return api.pods
    .list()
    .filter((pod) => isControlledBy(pod.metadata, metadata.uid) && !isTerminating(pod));
}

/** The least worth keeping first: not ready before ready, then the youngest. */
function byWorth(left: Pod, right: Pod): number {
  if (isReady(left) !== isReady(right)) return isReady(left) ? 1 : -1;
  return right.metadata.creationTimestamp.localeCompare(left.metadata.creationTimestamp);
}

function toPod({ metadata, spec: { template } }: ReplicaSet, suffix: string) {
  const { apiVersion, kind } = { apiVersion: 'apps/v1', kind: 'ReplicaSet' };
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
  return {
    metadata: {
      ...template?.metadata,
      name: `${metadata.name}-${suffix}`,
      generateName: `${metadata.name}-`,
      ...(metadata.namespace && { namespace: metadata.namespace }),
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    ...(template?.spec && { spec: template.spec }),
    status: { phase: 'Pending' as const, qosClass: 'Burstable' },
  };
}

function updateStatus(api: ClusterApi, { metadata, status: before }: ReplicaSet): void {
  const replicaSet = api.replicasets.get(metadata);
  if (!replicaSet) return;
  const pods = listActivePods(api, replicaSet);
  const ready = pods.filter(isReady).length;
  const status = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: metadata.generation ?? 1,
  };
  if (isDeepStrictEqual(status, before)) return;
  api.replicasets.update(metadata, (draft) => {
    draft.status = status;
  });
}
