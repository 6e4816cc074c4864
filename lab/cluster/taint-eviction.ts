import { addDisruptionTarget } from '../kubernetes-api/disruption-target.ts';
import type { ClusterApi } from './cluster-api.ts';
import { type Controller, startPeriodicController } from './controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Pod, Taint } from './objects.ts';
import type { Pace } from './pace.ts';
import { deletePod, isTerminating } from './pods.ts';

const byTaintManager = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
};

/** Deletes pods from nodes with a NoExecute taint, once the pods' toleration of it has run out. */
export function startTaintEviction(api: ClusterApi, events: EventRecorder, pace: Pace): Controller {
  /** When each pod was first seen under a taint. */
  const seenAt = new Map<string, number>();
  return startPeriodicController(pace.secondMs, () => {
    for (const pod of api.pods.list()) {
      const taint = findTaint(pod);
      if (!taint) seenAt.delete(pod.metadata.uid);
      else if (!isTerminating(pod) && isDue(pod, taint)) evict(pod);
    }
  });

  function findTaint({ spec }: Pod): Taint | undefined {
    const node = spec.nodeName ? api.nodes.get({ name: spec.nodeName }) : undefined;
    return node?.spec.taints?.find(({ effect }) => effect === 'NoExecute');
  }

  function isDue({ metadata, spec }: Pod, taint: Taint): boolean {
    const toleration = spec.tolerations?.find(({ key }) => key === taint.key);
    if (!toleration) return true;
    const since = seenAt.get(metadata.uid) ?? performance.now();
    seenAt.set(metadata.uid, since);
    const { tolerationSeconds = Number.POSITIVE_INFINITY } = toleration;
    return performance.now() - since >= tolerationSeconds * pace.secondMs;
  }

  function evict(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    const message = `Marking for deletion Pod ${namespace}/${name}`;
    const source = { component: 'taint-eviction-controller' };
    events.record({ about: pod, type: 'Normal', reason: 'TaintManagerEviction', message, source });
    seenAt.delete(uid);
    api.pods.update(pod.metadata, (draft) => addDisruptionTarget(draft, byTaintManager));
    deletePod(api, pod);
  }
}
