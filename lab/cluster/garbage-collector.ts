import type { ClusterApi } from './cluster-api.ts';
import { type Controller, startController } from './controller.ts';
import type { ObjectMeta } from './objects.ts';
import { deletePod, isTerminating } from './pods.ts';

/** Deletes what is owned by something that no longer exists. */
export function startGarbageCollector(api: ClusterApi): Controller {
  const owners = [api.deployments, api.replicasets, api.services];
  return startController(owners, () => {
    const alive = new Set(
      owners.flatMap((kind) => kind.list().map(({ metadata }) => metadata.uid)),
    );
    const isOrphan = ({ metadata }: { metadata: ObjectMeta }) =>
      metadata.ownerReferences?.some(({ uid }) => !alive.has(uid)) ?? false;
    for (const kind of [api.replicasets, api.endpoints, api.endpointslices]) {
      for (const { metadata } of kind.list().filter(isOrphan)) kind.delete(metadata);
    }
    for (const pod of api.pods.list().filter(isOrphan)) {
      if (!isTerminating(pod)) deletePod(api, pod);
    }
  });
}
