import type { ClusterApi } from './cluster-api.ts';
import { isTrue } from './condition.ts';
import type { Deployment, ObjectMeta, Pod, ReplicaSet } from './objects.ts';
import { toTimestamp } from './timestamp.ts';

/** Whether its kubelet finds every container of the pod ready. */
export function isReady(pod: Pod): boolean {
  return isTrue(pod.status.conditions, 'Ready');
}

/** Whether the pod is being deleted. */
export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Whether the object carries all these labels. */
export function matchesLabels(
  metadata: ObjectMeta,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value);
}

/** Whether `uid` is the controller of the object. */
export function isControlledBy(metadata: ObjectMeta, uid: string): boolean {
  return metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid) ?? false;
}

/** How many pods it is to have; one when it does not say. */
export function toReplicas({ spec }: Deployment | ReplicaSet): number {
  return spec.replicas ?? 1;
}

/** Deletes as the API server does: with a grace period the kubelet ends the pod first and then removes it; the pod's own period unless told. */
export function deletePod(api: ClusterApi, pod: Pod, graceSeconds?: number): void {
  const gracePeriodSeconds = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  if (gracePeriodSeconds === 0 || !pod.spec.nodeName) {
    api.pods.delete(pod.metadata);
    return;
  }
  api.pods.update(pod.metadata, ({ metadata }) => {
    metadata.deletionTimestamp ??= toTimestamp(Date.now() + gracePeriodSeconds * 1_000);
    metadata.deletionGracePeriodSeconds ??= gracePeriodSeconds;
  });
}
