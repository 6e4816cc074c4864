import { type Observation, replaceConditions, toCondition } from '../condition.ts';
import type { Container, ContainerStatus, Pod, PodStatus } from '../objects.ts';

/** The status of a pod as its kubelet sees it now; conditions that stay keep the time since when they hold. */
export function toPodStatus(
  pod: Pod,
  containerStatuses: ContainerStatus[],
  podIP: string,
): PodStatus {
  const previous = pod.status.conditions;
  const unready = containerStatuses.filter(({ ready }) => !ready).map(({ name }) => name);
  const ready: Omit<Observation, 'type'> =
    unready.length === 0
      ? { status: 'True' }
      : {
          status: 'False',
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${unready.join(' ')}]`,
        };
  return {
    ...pod.status,
    phase: containerStatuses.some(({ containerID }) => containerID) ? 'Running' : 'Pending',
    // What others say of the pod stays.
    conditions: replaceConditions(previous ?? [], [
      toCondition(previous, {
        type: 'PodReadyToStartContainers',
        status: podIP ? 'True' : 'False',
      }),
      toCondition(previous, { type: 'Initialized', status: 'True' }),
      toCondition(previous, { type: 'Ready', ...ready }),
      toCondition(previous, { type: 'ContainersReady', ...ready }),
      toCondition(previous, { type: 'PodScheduled', status: 'True' }),
    ]),
    containerStatuses,
    ...(podIP && { podIP, podIPs: [{ ip: podIP }] }),
    qosClass: toQosClass(pod.spec.containers),
  };
}

/** Guaranteed, Burstable or BestEffort, by the containers' requests and limits. */
function toQosClass(containers: readonly Container[]): string {
  const resources = containers.map((container) => container.resources ?? {});
  if (resources.every(({ requests, limits }) => !requests && !limits)) return 'BestEffort';
  const guaranteed = resources.every(({ requests, limits }) =>
    ['cpu', 'memory'].every(
      (name) => limits?.[name] && (requests ?? limits)[name] === limits[name],
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
