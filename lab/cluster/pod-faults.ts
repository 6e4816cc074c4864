import type { ClusterApi } from './cluster-api.ts';
import { PAUSE_IMAGE } from './kubelet/images.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import type { PodWorker } from './kubelet/pod-worker.ts';
import type { Pod } from './objects.ts';
import { deletePod } from './pods.ts';

export type PodRef = { namespace: string; name: string };

/** What Chaos Mesh does to pods. Every method throws an Error when the pod does not exist. */
export interface PodFaults {
  /**
   * Chaos Mesh pod-failure: swaps the containers' images for the pause image (the process dies, a pause process runs in its
   * place, restartCount + 1, nothing answers) until the returned function restores it (restartCount + 1 again).
   */
  failPod(pod: PodRef): () => void;
  /** Chaos Mesh pod-kill: deletes the pod; with a grace period of 0 its processes die at once. */
  killPod(pod: PodRef, gracePeriodSeconds: number): void;
  /** Chaos Mesh container-kill: SIGKILLs the named containers' processes. Throws when a container does not exist. */
  killContainers(pod: PodRef, containerNames: readonly string[]): void;
}

/** Faults go the way that Chaos Mesh takes: through the API, and for containers through the daemon on the node. */
export function createPodFaults(api: ClusterApi, kubelets: () => Iterable<Kubelet>): PodFaults {
  return {
    failPod(ref) {
      const { metadata, spec } = getPod(api, ref);
      const images = new Map(spec.containers.map(({ name, image }) => [name, image]));
      setImages(api, ref, () => PAUSE_IMAGE);
      return () => {
        // A pod that was replaced under the same name, or is gone, has nothing to restore.
        if (api.pods.get(ref)?.metadata.uid !== metadata.uid) return;
        setImages(api, ref, (container) => images.get(container) ?? PAUSE_IMAGE);
      };
    },
    killPod(ref, gracePeriodSeconds) {
      deletePod(api, getPod(api, ref), gracePeriodSeconds);
    },
    killContainers(ref, containerNames) {
      const { metadata } = getPod(api, ref);
      const worker = findWorker(kubelets(), metadata.uid);
      const containers = containerNames.map((name) => {
        const container = worker?.containers.get(name);
        if (!container)
          throw new Error(`Pod ${ref.namespace}/${ref.name} has no container ${name}.`);
        return container;
      });
      for (const container of containers) container.kill();
    },
  };
}

function getPod(api: ClusterApi, ref: PodRef): Pod {
  const pod = api.pods.get(ref);
  if (!pod) throw new Error(`Pod ${ref.namespace}/${ref.name} does not exist.`);
  return pod;
}

function setImages(api: ClusterApi, ref: PodRef, toImage: (container: string) => string): void {
  api.pods.update(ref, ({ spec }) => {
    for (const container of spec.containers) container.image = toImage(container.name);
  });
}

function findWorker(kubelets: Iterable<Kubelet>, uid: string): PodWorker | undefined {
  for (const kubelet of kubelets) {
    for (const worker of kubelet.workers) if (worker.pod.metadata.uid === uid) return worker;
  }
  return undefined;
}
