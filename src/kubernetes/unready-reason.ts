import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/**
 * Why a pod is not ready, the most telling first: why it failed as a whole (Evicted), what a container waits for or why it ended (CrashLoopBackOff,
 * OOMKilled), what its readiness probe says while it runs, what the condition says.
 */
export function findReason({ spec, status }: V1Pod): string | undefined {
  const containers = [
    ...(status?.initContainerStatuses ?? []).filter(isStuck),
    ...(status?.containerStatuses ?? []),
  ];
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return (
    status?.reason ??
    findStateReason(containers) ??
    findProbeReason(containers, condition?.lastTransitionTime) ??
    (isSilent(containers) && !spec?.readinessGates ? 'its node does not answer' : undefined) ??
    condition?.reason ??
    status?.phase
  );
}

/** Of an init container only what holds up the pod is of interest: it is meant to end. */
function isStuck({ state }: V1ContainerStatus): boolean {
  const { waiting, terminated } = state ?? {};
  if (terminated) return terminated.exitCode !== 0;
  return waiting?.reason !== undefined && waiting.reason !== 'PodInitializing';
}

function findStateReason(containers: readonly V1ContainerStatus[]): string | undefined {
  return containers
    .flatMap(({ state }) => [state?.waiting?.reason, state?.terminated?.reason])
    .find((reason) => reason !== undefined);
}

/** A container that runs and is not ready: its probe has failed since it started, or has not passed yet. */
function findProbeReason(
  containers: readonly V1ContainerStatus[],
  unreadySince: Date | string | undefined,
): string | undefined {
  const running = containers.find(({ ready, state }) => !ready && state?.running);
  if (!running || unreadySince === undefined) return undefined;
  if (running.started === false) return 'starting';
  // Times in Kubernetes are whole seconds: within the same one nothing is said to have failed.
  const hasFailed = toTime(unreadySince) > toTime(running.state?.running?.startedAt);
  return hasFailed ? 'readiness probe failed' : 'readiness probe not passed yet';
}

/** The kubelet says that all is well and the pod is not ready all the same: it was marked so because its node is silent. */
function isSilent(containers: readonly V1ContainerStatus[]): boolean {
  return containers.length > 0 && containers.every(({ ready, state }) => ready && state?.running);
}

/** A list gives dates, a watch their texts. */
export function toTime(at: Date | string | undefined): number {
  return at === undefined ? 0 : new Date(at).getTime();
}
