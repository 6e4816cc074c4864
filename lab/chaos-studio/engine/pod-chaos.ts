import type { PodFaults, PodRef } from '../../cluster/pod-faults.ts';
import type { Random } from '../../scoring/seeded-random.ts';
import { pickByMode } from './pick-by-mode.ts';
import { parsePodChaosSpec, type PodChaosSpec } from './pod-chaos-spec.ts';
import type { PodSource, SelectablePod } from './selectable.ts';
import { selectPods } from './selection.ts';

export type PodChaosWorld = {
  readonly source: PodSource;
  readonly faults: PodFaults;
  readonly random: Random;
};

/**
 * Injects what the specification says into the pods that it selects now: pods that come later are not hit. Answers how to take the fault
 * away, which may be done once; killing leaves nothing to take away. Throws an Error in Azure's and Chaos Mesh's words.
 */
export function injectPodChaos(jsonSpec: string, world: PodChaosWorld): () => void {
  const spec = parsePodChaosSpec(jsonSpec);
  const restores: (() => void)[] = [];
  const restoreAll = () => {
    for (const restore of restores.splice(0)) restore();
  };
  try {
    for (const pod of chooseTargets(spec, world)) {
      const restore = hit(pod, spec, world.faults);
      if (restore) restores.push(restore);
    }
  } catch (error) {
    restoreAll();
    throw error;
  }
  return restoreAll;
}

function chooseTargets(spec: PodChaosSpec, { source, random }: PodChaosWorld): SelectablePod[] {
  const matching = selectPods(spec.selector, source);
  if (matching.length === 0) throw new Error('Failed to select targets: no pod is selected');
  const chosen = pickByMode(matching, spec, random).filter(
    (pod) => spec.action !== 'container-kill' || findContainers(pod, spec).length > 0,
  );
  if (chosen.length === 0) {
    throw new Error('Failed to select targets: no target has been selected');
  }
  return chosen;
}

function hit(pod: SelectablePod, spec: PodChaosSpec, faults: PodFaults): (() => void) | undefined {
  const { name, namespace = 'default' } = pod.metadata;
  const ref: PodRef = { namespace, name };
  switch (spec.action) {
    case 'pod-failure':
      return faults.failPod(ref);
    case 'pod-kill':
      faults.killPod(ref, spec.gracePeriod ?? 0);
      return undefined;
    case 'container-kill':
      faults.killContainers(ref, findContainers(pod, spec));
      return undefined;
  }
}

function findContainers({ spec: pod }: SelectablePod, { containerNames = [] }: PodChaosSpec) {
  return containerNames.filter((name) =>
    pod?.containers?.some((container) => container.name === name),
  );
}
