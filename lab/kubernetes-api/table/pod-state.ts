import type { Pod } from '../resources.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
type ContainerState = NonNullable<ContainerStatus['state']>;

export type PodState = {
  /** As in the STATUS column: a phase, or the reason that says more. */
  readonly reason: string;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
  /** When the last container that restarted had ended. */
  readonly lastRestartAt: string | undefined;
};

type Progress = { initializing: boolean; reason: string; readySidecars: number };

/** Sums up a pod the way `kubectl get pods` does. */
export function readPodState(pod: Pod): PodState {
  const init = readInitContainers(pod);
  const done = !init.initializing || hasCondition(pod, 'Initialized');
  const sidecars = sidecarNames(pod);
  const initStatuses = pod.status?.initContainerStatuses ?? [];
  const counted = done
    ? [...initStatuses.filter(({ name }) => sidecars.has(name)), ...containersOf(pod)]
    : initStatuses;
  return {
    reason: overrideByDeletion(pod, done ? readContainers(pod, init.reason) : init.reason),
    readyContainers: init.readySidecars + (done ? containersOf(pod).filter(isServing).length : 0),
    totalContainers: (pod.spec?.containers.length ?? 0) + sidecars.size,
    restarts: counted.reduce((sum, { restartCount }) => sum + restartCount, 0),
    lastRestartAt:
      counted
        .map((status) => status.lastState?.terminated?.finishedAt ?? '')
        .reduce((latest, at) => (at > latest ? at : latest), '') || undefined,
  };
}

function readInitContainers(pod: Pod): Progress {
  const sidecars = sidecarNames(pod);
  const total = pod.spec?.initContainers?.length ?? 0;
  let readySidecars = 0;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(status.name) && status.started) {
      if (status.ready) readySidecars++;
      continue;
    }
    const reason = `Init:${initReason(status.state) ?? `${index}/${total}`}`;
    return { initializing: true, reason, readySidecars };
  }
  return { initializing: false, reason: phaseReason(pod), readySidecars };
}

function initReason(state: ContainerState | undefined): string | undefined {
  if (state?.terminated) return terminatedReason(state.terminated);
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? waiting : undefined;
}

function phaseReason({ status }: Pod): string {
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  if (gated) return 'SchedulingGated';
  return status?.reason || status?.phase || 'Unknown';
}

// Where several containers have something to say, the first one is heard.
function readContainers(pod: Pod, phase: string): string {
  const [heard = phase] = containersOf(pod).flatMap(({ state }) => {
    if (state?.waiting?.reason) return state.waiting.reason;
    return state?.terminated ? terminatedReason(state.terminated) : [];
  });
  if (heard !== 'Completed' || !containersOf(pod).some(isServing)) return heard;
  return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}

function terminatedReason({
  reason,
  signal,
  exitCode,
}: NonNullable<ContainerState['terminated']>): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function overrideByDeletion({ metadata, status }: Pod, reason: string): string {
  if (metadata.deletionTimestamp === undefined) return reason;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return ['Succeeded', 'Failed'].includes(status?.phase ?? '') ? reason : 'Terminating';
}

function isServing({ ready, state }: ContainerStatus): boolean {
  return ready && state?.running !== undefined;
}

function containersOf(pod: Pod): readonly ContainerStatus[] {
  return pod.status?.containerStatuses ?? [];
}

function sidecarNames(pod: Pod): ReadonlySet<string> {
  const sidecars = (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always');
  return new Set(sidecars.map(({ name }) => name));
}

function hasCondition({ status }: Pod, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}
