import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { PodStatus } from '../domain/measurement.ts';

/** What is kept of a pod: its status, and what tells a change from a repetition. */
export type TrimmedPod = PodStatus & {
  /** Grows with each change of the object; not a number for servers that make it opaque. */
  readonly resourceVersion: number;
  /** How the last container ended, `exit code 137, Error`. */
  readonly lastTermination?: string;
};

/** Trims a pod at the edge, so that thousands of them stay small. */
export function trimPod(pod: V1Pod): TrimmedPod {
  const { metadata, status } = pod;
  const containers = status?.containerStatuses ?? [];
  const terminating = metadata?.deletionTimestamp !== undefined;
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  const reason = ready ? undefined : toReason(pod, containers, condition?.reason);
  const lastTermination = toLastTermination(containers);
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    node: pod.spec?.nodeName ?? '',
    ready,
    terminating,
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    resourceVersion: Number(metadata?.resourceVersion),
    ...(reason === undefined ? {} : { reason }),
    ...(lastTermination === undefined ? {} : { lastTermination }),
  };
}

/** The most telling reason: what a container waits for, why it ended, why the pod was evicted, what the condition says. */
function toReason(
  { status }: V1Pod,
  containers: readonly V1ContainerStatus[],
  conditionReason: string | undefined,
): string | undefined {
  const states = containers.flatMap(({ state }) => [
    state?.waiting?.reason,
    state?.terminated?.reason,
  ]);
  return (
    states.find((reason) => reason !== undefined) ??
    status?.reason ??
    conditionReason ??
    status?.phase
  );
}

/** A list gives dates, a watch their texts. */
function toTime(at: Date | string | undefined): number {
  return at === undefined ? 0 : new Date(at).getTime();
}

function toLastTermination(containers: readonly V1ContainerStatus[]): string | undefined {
  const ended = containers.flatMap(
    ({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? [],
  );
  const [latest] = ended.toSorted(
    (left, right) => toTime(right.finishedAt) - toTime(left.finishedAt),
  );
  if (!latest) return undefined;
  return [`exit code ${latest.exitCode}`, latest.reason]
    .filter((part) => part !== undefined)
    .join(', ');
}
