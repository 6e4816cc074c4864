import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { PodStatus } from '../domain/measurement.ts';
import { findReason, toTime } from './unready-reason.ts';
import { findOwn } from '../domain/find-own.ts';

/** What is kept of a pod: its status, and what tells a change from a repetition. */
export type TrimmedPod = PodStatus & {
  /** Grows with each change of the object; not a number for servers that make it opaque. */
  readonly resourceVersion: number;
  /** How the last container ended, `exit code 137, Error`. */
  readonly lastTermination?: string;
  /** When it ended, in whole seconds, ms since the epoch. */
  readonly endedAt?: number;
  /** Which one that was. */
  readonly endedContainer?: string;
  /** Whether it was killed from outside: by SIGKILL, and not for its memory. */
  readonly killed?: boolean;
  /** The uid of what made it: a ReplicaSet, for instance. */
  readonly owner?: string;
  /** Why it is being ended, where Kubernetes says so: `evicted`. */
  readonly disruption?: string;
  /** It ended and stays so: another has to come in its place. */
  readonly failed?: boolean;
  /** How often each container restarted, by name; those that never did are left out. */
  readonly restartsOf?: Readonly<Record<string, number>>;
};

/** Trims a pod at the edge, so that thousands of them stay small. */
export function trimPod(pod: V1Pod): TrimmedPod {
  const { metadata, status } = pod;
  const containers = status?.containerStatuses ?? [];
  const terminating = metadata?.deletionTimestamp !== undefined;
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  const reason = ready ? undefined : findReason(pod);
  const lastTermination = findLastTermination(containers);
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller)?.uid;
  const disruption = findDisruption(pod);
  const restarted = containers.filter(({ restartCount }) => restartCount > 0);
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
    ...(lastTermination ? toTermination(lastTermination) : {}),
    ...(owner === undefined ? {} : { owner }),
    ...(disruption === undefined ? {} : { disruption }),
    ...(status?.phase === 'Failed' ? { failed: true } : {}),
    ...(restarted.length === 0 ? {} : { restartsOf: toRestarts(restarted) }),
    ...toImages(pod),
  };
}

function toRestarts(containers: readonly V1ContainerStatus[]): Record<string, number> {
  return Object.fromEntries(containers.map(({ name, restartCount }) => [name, restartCount]));
}

function toImages({ spec }: V1Pod): Pick<PodStatus, 'images'> {
  const images = (spec?.containers ?? []).flatMap(({ name, image }) =>
    image === undefined ? [] : [[name, image] as const],
  );
  return images.length === 0 ? {} : { images: Object.fromEntries(images) };
}

/** What the DisruptionTarget condition of a pod (Kubernetes 1.26 and later) says of its end. */
const disruptions: Readonly<Record<string, string>> = {
  PreemptionByScheduler: 'preempted',
  DeletionByTaintManager: 'evicted from a tainted node',
  EvictionByEvictionAPI: 'evicted',
  DeletionByPodGC: 'its node is gone',
  TerminationByKubelet: 'ended by its node',
};

function findDisruption({ status }: V1Pod): string | undefined {
  const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return target?.status === 'True' ? findOwn(disruptions, target.reason ?? '') : undefined;
}

type Termination = {
  readonly container: string;
  readonly terminated: V1ContainerStateTerminated;
};

function findLastTermination(containers: readonly V1ContainerStatus[]): Termination | undefined {
  const ended = containers.flatMap(({ name, state, lastState }) => {
    const terminated = state?.terminated ?? lastState?.terminated;
    return terminated ? { container: name, terminated } : [];
  });
  return ended.toSorted((left, right) => toEndedAt(right) - toEndedAt(left)).at(0);
}

const toEndedAt = ({ terminated }: Termination) => toTime(terminated.finishedAt);

/** 128 and the number of SIGKILL. */
const killedCode = 137;
/** With it come others: `OOMKilled`, and `ContainerStatusUnknown` where the kubelet lost track. */
const killedReason = 'Error';

function toTermination({
  container,
  terminated: { exitCode, reason, finishedAt },
}: Termination): Pick<TrimmedPod, 'lastTermination' | 'endedAt' | 'endedContainer' | 'killed'> {
  const endedAt = toTime(finishedAt);
  return {
    lastTermination: [`exit code ${exitCode}`, reason]
      .filter((part) => part !== undefined)
      .join(', '),
    endedContainer: container,
    killed: exitCode === killedCode && (reason ?? killedReason) === killedReason,
    // Kubernetes says 0 of a container of which the kubelet lost track.
    ...(endedAt > 0 ? { endedAt } : {}),
  };
}
