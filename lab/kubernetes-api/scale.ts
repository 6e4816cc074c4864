import { documentAnswer, type Answer } from './answer.ts';
import { isDryRun, readObject, type ApiRequest } from './api-request.ts';
import { isRecord } from './record.ts';
import type { ObjectStore } from './object-store.ts';
import { parsePatch } from './patch/apply-patch.ts';
import { requireObject } from './read-objects.ts';
import type { ObjectPath } from './resource-path.ts';
import type { Deployment, KubeObject, ReplicaSet } from './resources.ts';
import { badRequest, conflict } from './status.ts';
import { formatLabelSelector } from './table/cell-formats.ts';
import { changeObject } from './write-objects.ts';

/** GET, PUT and PATCH on `/scale` of a deployment or replica set. Throws 400, 404, 409, 415, 422. */
export async function answerScale(
  store: ObjectStore,
  path: ObjectPath,
  request: ApiRequest,
): Promise<Answer> {
  const scale = toScale(requireObject(store, path));
  if (request.method === 'GET') return documentAnswer(scale);
  const changed =
    request.method === 'PATCH'
      ? parsePatch(request.contentType, await request.readBody())(scale)
      : await readObject(request);
  const replicas = readReplicas(changed, path, scale.metadata.resourceVersion);
  const object = changeObject(
    store,
    { ...path, subresource: undefined },
    {
      dryRun: isDryRun(request),
      change: (stored) => ({ ...stored, spec: { ...(stored as Deployment).spec, replicas } }),
    },
  );
  return documentAnswer(toScale(object));
}

function toScale(object: KubeObject) {
  const { metadata, spec, status } = object as Deployment | ReplicaSet;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 1 },
    status: { replicas: status?.replicas ?? 0, selector: formatLabelSelector(spec?.selector) },
  };
}

function readReplicas(scale: unknown, path: ObjectPath, currentVersion: string): number {
  if (!isRecord(scale)) throw badRequest('expected a Scale');
  const { metadata, spec } = scale;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  if (version && version !== currentVersion) {
    const why =
      'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(path.definition, path.name, why);
  }
  const replicas = isRecord(spec) ? (spec['replicas'] ?? 0) : 0;
  if (typeof replicas === 'number') return replicas;
  throw badRequest('spec.replicas: the value must be a number');
}
