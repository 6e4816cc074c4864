import type { NodeChange, PhaseMeasurement, PodChange } from './measurement.ts';
import type { Run } from './run.ts';

/** Returns every change of a pod since the baseline that the journal has, each once, oldest first. */
export function listPodChanges({ observed, recovered }: Run): readonly PodChange[] {
  return joinPodChanges([observed, recovered]);
}

/** Returns the same with the changes during the baseline. */
export function listAllPodChanges({ baseline, observed, recovered }: Run): readonly PodChange[] {
  return joinPodChanges([baseline, observed, recovered]);
}

/** Returns every change of a node since the baseline that the journal has, each once, oldest first. */
export function listNodeChanges({ observed, recovered }: Run): readonly NodeChange[] {
  return joinNodeChanges([observed, recovered]);
}

/** Returns the same with the changes during the baseline. */
export function listAllNodeChanges({ baseline, observed, recovered }: Run): readonly NodeChange[] {
  return joinNodeChanges([baseline, observed, recovered]);
}

type Phases = readonly ({ readonly measurement: PhaseMeasurement } | undefined)[];

function joinPodChanges(phases: Phases): readonly PodChange[] {
  const all = phases.flatMap((phase) => phase?.measurement.pods.changes ?? []);
  return listOnce(all, ({ at, pod, kind }) => `${at} ${pod} ${kind}`);
}

function joinNodeChanges(phases: Phases): readonly NodeChange[] {
  const all = phases.flatMap((phase) => phase?.measurement.nodes ?? []);
  return listOnce(all, ({ at, node, kind }) => `${at} ${node} ${kind}`);
}

function listOnce<Change extends { readonly at: number }>(
  changes: readonly Change[],
  toKey: (change: Change) => string,
): readonly Change[] {
  const once = new Map(changes.map((change) => [toKey(change), change]));
  return [...once.values()].toSorted((left, right) => left.at - right.at);
}
