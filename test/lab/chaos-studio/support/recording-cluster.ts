import type { PodFaults, PodRef } from '../../../../lab/cluster/pod-faults.ts';
import type { PodSource, SelectablePod } from '../../../../lab/chaos-studio/engine/selectable.ts';

/** Pods that exist in memory only, and faults that are only written down: `fail a`, `restore a`, `kill a 0`, `kill-containers a scoring`. */
export function createRecordingCluster(pods: readonly SelectablePod[]): {
  source: PodSource;
  faults: PodFaults;
  events: string[];
} {
  const events: string[] = [];
  const name = (pod: PodRef) => pod.name;
  return {
    events,
    source: { pods: () => pods },
    faults: {
      failPod(pod) {
        events.push(`fail ${name(pod)}`);
        return () => void events.push(`restore ${name(pod)}`);
      },
      killPod: (pod, gracePeriodSeconds) =>
        void events.push(`kill ${name(pod)} ${gracePeriodSeconds}`),
      killContainers: (pod, containers) =>
        void events.push(`kill-containers ${name(pod)} ${containers.join(',')}`),
    },
  };
}

/** A pod of the scoring service as the lab has it. */
export function createPod(name: string, changes: Partial<SelectablePod> = {}): SelectablePod {
  return {
    metadata: { name, namespace: 'ml', labels: { app: 'diabetes' } },
    spec: { nodeName: 'node-1', containers: [{ name: 'scoring' }] },
    status: { phase: 'Running' },
    ...changes,
  };
}
