import { objectAnswer, type Answer } from './answer.ts';
import { isDryRun, readObject, type ApiRequest } from './api-request.ts';
import { isRecord, omitFields, type Fields } from './record.ts';
import { withDefaults } from './defaults.ts';
import { isFinalized } from './deletion.ts';
import { keepForeignParts, requireMetadata, requireSameObject } from './object-identity.ts';
import { ObjectStore, type Draft } from './object-store.ts';
import { parsePatch } from './patch/apply-patch.ts';
import { requireObject } from './read-objects.ts';
import type { ObjectPath, ResourcePath } from './resource-path.ts';
import { resourceDefinitions, type KubeObject, type ResourceName } from './resources.ts';
import { alreadyExists, badRequest, forbidden, notFound } from './status.ts';
import { validateObject, validateUpdate } from './validation.ts';

/** POST on a collection. Throws 400, 403, 404 (no such namespace), 409, 413, 415, 422. */
export async function createObject(
  store: ObjectStore,
  path: ResourcePath,
  request: ApiRequest,
): Promise<Answer> {
  const { definition, namespace } = path;
  const body = await requireBody(request);
  const metadata = requireMetadata(body, definition);
  if ((metadata['namespace'] ?? namespace) !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  const own = omitFields(metadata, ['uid', 'resourceVersion', 'deletionTimestamp']);
  const place = namespace === undefined ? {} : { namespace };
  const draft = withDefaults(definition.name, { ...body, metadata: { ...own, ...place } });
  validateObject(definition, draft);
  requireRoom(store, path, own['name']);
  const target = isDryRun(request) ? new ObjectStore() : store;
  const object = target.create(definition.name, draft as unknown as Draft<ResourceName>);
  return objectAnswer(definition.name, object, 201);
}

/** PUT on an object or its status. Throws 400, 404, 409, 413, 415, 422. */
export async function replaceObject(
  store: ObjectStore,
  path: ObjectPath,
  request: ApiRequest,
): Promise<Answer> {
  const body = await requireBody(request);
  const object = changeObject(store, path, { dryRun: isDryRun(request), change: () => body });
  return objectAnswer(path.definition.name, object);
}

/** PATCH on an object or its status. Throws 400, 404, 409, 413, 415, 422. */
export async function patchObject(
  store: ObjectStore,
  path: ObjectPath,
  request: ApiRequest,
): Promise<Answer> {
  const change = parsePatch(request.contentType, await request.readBody());
  const object = changeObject(store, path, { dryRun: isDryRun(request), change });
  return objectAnswer(path.definition.name, object);
}

/**
 * Puts what `change` makes of the object in its place, as far as a client may: the status only through
 * `/status`, the rest only without. A dry run stores nothing. Throws 400, 404, 409, 422.
 */
export function changeObject(
  store: ObjectStore,
  path: ObjectPath,
  { change, dryRun }: { change: (object: KubeObject) => unknown; dryRun: boolean },
): KubeObject {
  const { definition } = path;
  const stored = requireObject(store, path);
  const changed = withoutNulls(change(stored));
  if (!isRecord(changed)) throw badRequest('the changed object is not an object');
  requireSameObject(requireMetadata(changed, definition), stored, path);
  const next = keepForeignParts(changed, stored, path);
  validateUpdate(definition, next, stored);
  if (dryRun) return next as unknown as KubeObject;
  const updated = store.update(definition.name, stored.metadata, (draft: object) => {
    const fields = draft as Fields;
    for (const field of Object.keys(fields)) delete fields[field];
    Object.assign(fields, structuredClone(next));
  });
  return isFinalized(updated, stored) ? store.delete(definition.name, updated.metadata) : updated;
}

function requireRoom(store: ObjectStore, { definition, namespace }: ResourcePath, name: unknown) {
  const wanted = typeof name === 'string' ? name : '';
  if (namespace !== undefined)
    requireLivingNamespace(store, namespace, { definition, name: wanted });
  if (wanted !== '' && store.get(definition.name, { namespace, name: wanted })) {
    throw alreadyExists(definition, wanted);
  }
}

function requireLivingNamespace(
  store: ObjectStore,
  namespace: string,
  { definition, name }: { definition: ResourcePath['definition']; name: string },
): void {
  const found = store.get('namespaces', { name: namespace });
  if (!found) throw notFound(resourceDefinitions.namespaces, namespace);
  if (found.status?.phase !== 'Terminating') return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(definition, name, why);
}

async function requireBody(request: ApiRequest): Promise<Fields> {
  const body = withoutNulls(await readObject(request));
  if (!isRecord(body)) throw badRequest('the request has no body');
  return body;
}

// A null on the wire is a field that is not there.
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const present = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(present.map(([key, field]) => [key, withoutNulls(field)]));
}
