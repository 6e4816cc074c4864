import { documentAnswer, objectAnswer, statusAnswer, type Answer } from './answer.ts';
import { isDryRun, readObject, type ApiRequest } from './api-request.ts';
import { addDisruptionTarget } from './disruption-target.ts';
import { isRecord } from './record.ts';
import { deleteStored, parseDeleteOptions, type Deletion, type DeleteOptions } from './deletion.ts';
import type { ObjectStore } from './object-store.ts';
import { listPage } from './paging.ts';
import { requireObject } from './read-objects.ts';
import type { ObjectPath, ResourcePath } from './resource-path.ts';
import type { Pod, ResourceDefinition, ResourceName } from './resources.ts';
import { parseSelection } from './selectors/selection.ts';
import { spendDisruption } from './spend-disruption.ts';
import { badRequest, successStatus } from './status.ts';

/** What Kubernetes shows once more when it is gone; of everything else it says that it is. */
const shownWhenGone: readonly ResourceName[] = ['pods', 'services'];

/** DELETE on one object. Throws 400, 403, 404, 409. */
export async function deleteObject(
  store: ObjectStore,
  path: ObjectPath,
  request: ApiRequest,
): Promise<Answer> {
  const options = await readDeleteOptions(request);
  const object = requireObject(store, path);
  return toAnswer(path.definition, deleteStored(store, path.definition, { object, options }));
}

/** DELETE on a collection: everything that the selectors match; answers the list of it. */
export async function deleteCollection(
  store: ObjectStore,
  path: ResourcePath,
  request: ApiRequest,
): Promise<Answer> {
  const options = await readDeleteOptions(request);
  const { definition } = path;
  const { query } = request;
  const selection = parseSelection(definition.name, query, path);
  const page = listPage(store, definition.name, { selection, query });
  const items = page.items.map((object) => {
    // A deletion before it may have taken this one along.
    const stored = store.get(definition.name, object.metadata);
    return stored ? deleteStored(store, definition, { object: stored, options }).object : object;
  });
  return { kind: 'list', resource: definition.name, page: { ...page, items } };
}

/** POST on a pod's eviction: a deletion, as far as the disruption budget of the pod allows it. Throws 400, 404, 409, 429. */
export async function evictPod(
  store: ObjectStore,
  path: ObjectPath,
  request: ApiRequest,
): Promise<Answer> {
  const { kind, metadata, deleteOptions } = (await readObject(request)) ?? {};
  if (kind !== 'Eviction') throw badRequest(`expected an Eviction, got ${String(kind)}`);
  const named = isRecord(metadata) ? metadata['name'] : undefined;
  if (named !== undefined && named !== path.name) {
    throw badRequest(`name in URL does not match name in Eviction object`);
  }
  const body = isRecord(deleteOptions) ? deleteOptions : {};
  const dryRun = isDryRun(request, body['dryRun']);
  const options = parseDeleteOptions(body, new URLSearchParams(), dryRun);
  const object = requireObject(store, path);
  spendDisruption(store, object as Pod, { dryRun });
  if (!dryRun) markEvicted(store, object);
  const { resourceVersion } = requireObject(store, path).metadata;
  const isSame = options.resourceVersion === object.metadata.resourceVersion;
  deleteStored(store, path.definition, {
    object: requireObject(store, path),
    // What the client asked for is the version before that condition.
    options: isSame ? { ...options, resourceVersion } : options,
  });
  return statusAnswer(successStatus({ code: 201 }));
}

function markEvicted(store: ObjectStore, { metadata }: Pick<Pod, 'metadata'>): void {
  const why = { reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
  store.update('pods', metadata, (pod) => addDisruptionTarget(pod, why));
}

async function readDeleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const body = await readObject(request);
  return parseDeleteOptions(body, request.query, isDryRun(request, body?.['dryRun']));
}

function toAnswer(definition: ResourceDefinition, { removed, object }: Deletion): Answer {
  if (!removed || shownWhenGone.includes(definition.name)) {
    return objectAnswer(definition.name, object);
  }
  const { name, uid } = object.metadata;
  const group = definition.group === '' ? {} : { group: definition.group };
  return documentAnswer(successStatus({ details: { name, ...group, kind: definition.name, uid } }));
}
