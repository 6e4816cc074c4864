import { isRecord, type Fields } from './record.ts';
import type { ResourcePath } from './resource-path.ts';
import { apiVersionOf, type KubeObject, type ResourceDefinition } from './resources.ts';
import { badRequest, conflict } from './status.ts';
import { requireTextMaps } from './validation.ts';

/** The metadata of what a client sent; throws BadRequest when it is another kind of object than the path says. */
export function requireMetadata(body: Fields, definition: ResourceDefinition): Fields {
  const expected = apiVersionOf(definition);
  const { apiVersion = expected, kind = definition.kind, metadata = {} } = body;
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== definition.kind) {
    throw badRequest(
      `${String(kind)} in version "${expected}" cannot be handled as a ${definition.kind}`,
    );
  }
  if (!isRecord(metadata)) throw badRequest('metadata is not an object');
  requireTextMaps(metadata);
  return metadata;
}

/** Throws BadRequest or Conflict when a client's version of an object is not about the stored one as it is now. */
export function requireSameObject(metadata: Fields, stored: KubeObject, path: ResourcePath): void {
  const { definition } = path;
  const { name, namespace, uid, resourceVersion } = stored.metadata;
  if ((metadata['name'] ?? name) !== name) {
    throw badRequest(
      `the name of the object (${String(metadata['name'])}) does not match the name on the URL (${name})`,
    );
  }
  if ((metadata['namespace'] ?? namespace) !== namespace) {
    throw badRequest('the namespace of the object does not match the namespace on the URL');
  }
  if ((metadata['uid'] ?? uid) !== uid) {
    const sent = String(metadata['uid']);
    const why = `Precondition failed: UID in precondition: ${sent}, UID in object meta: ${uid}`;
    throw conflict(definition, name, why);
  }
  if (metadata['resourceVersion'] && metadata['resourceVersion'] !== resourceVersion) {
    const why =
      'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(definition, name, why);
  }
}

/** The client's object with everything kept that is not the client's: identity, deletion, and status or the rest. */
export function keepForeignParts(changed: Fields, stored: KubeObject, path: ResourcePath): Fields {
  const { apiVersion, kind } = stored;
  const { uid, name, namespace, resourceVersion, creationTimestamp } = stored.metadata;
  const { generation, deletionTimestamp, deletionGracePeriodSeconds } = stored.metadata;
  const own = { uid, name, namespace, resourceVersion, creationTimestamp, generation };
  const metadata = withoutUndefined({
    ...(isRecord(changed['metadata']) ? changed['metadata'] : {}),
    ...own,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  });
  const next = { ...changed, apiVersion, kind, metadata };
  const before = stored as unknown as Fields;
  if (path.subresource === 'status') return withoutUndefined({ ...next, spec: before['spec'] });
  if (!path.definition.subresources.includes('status')) return next;
  return withoutUndefined({ ...next, status: before['status'] });
}

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
