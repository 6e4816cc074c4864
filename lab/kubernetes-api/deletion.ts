import { isRecord, toText } from './record.ts';
import { toTimestamp, type ObjectStore } from './object-store.ts';
import type { KubeObject, Pod, ResourceDefinition, ResourceName } from './resources.ts';
import { resourceDefinitions } from './resources.ts';
import { badRequest, conflict, forbidden } from './status.ts';

/** What a client may say about a deletion (meta.k8s.io DeleteOptions). */
export type DeleteOptions = {
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly orphan: boolean;
  readonly dryRun: boolean;
};

export type Deletion = {
  /** False while a kubelet or a finalizer has work to do first. */
  readonly removed: boolean;
  readonly object: KubeObject;
};

const immortalNamespaces = ['default', 'kube-system', 'kube-public'];

/**
 * Deletes as Kubernetes does: a running pod is only marked, and removed by its kubelet when it has
 * ended; so is what has finalizers. A namespace goes with everything in it. Throws Conflict, Forbidden.
 */
export function deleteStored(
  store: ObjectStore,
  definition: ResourceDefinition,
  { object, options }: { object: KubeObject; options: DeleteOptions },
): Deletion {
  requirePreconditions(definition, object, options);
  const { name } = object.metadata;
  if (definition.name === 'namespaces' && immortalNamespaces.includes(name)) {
    throw forbidden(definition, name, 'this namespace may not be deleted');
  }
  const graceSeconds = definition.name === 'pods' ? podGraceSeconds(object as Pod, options) : 0;
  const waits = graceSeconds > 0 || (object.metadata.finalizers ?? []).length > 0;
  if (options.dryRun) return { removed: !waits, object };
  if (waits)
    return { removed: false, object: mark(store, definition.name, { object, graceSeconds }) };
  if (options.orphan) disown(store, object);
  if (definition.name === 'namespaces') clearNamespace(store, name);
  return { removed: true, object: store.delete(definition.name, object.metadata) };
}

/** Whether the last thing that a deletion waited for has just gone. */
export function isFinalized({ metadata }: KubeObject, before: KubeObject): boolean {
  const hadFinalizers = (before.metadata.finalizers ?? []).length > 0;
  const waits =
    (metadata.finalizers ?? []).length > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0;
  return metadata.deletionTimestamp !== undefined && hadFinalizers && !waits;
}

/** Reads DeleteOptions from body and query. Throws BadRequest. */
export function parseDeleteOptions(
  body: Readonly<Record<string, unknown>> = {},
  query: URLSearchParams,
  dryRun: boolean,
): DeleteOptions {
  const { kind = 'DeleteOptions', preconditions } = body;
  if (kind !== 'DeleteOptions') throw badRequest(`expected DeleteOptions, got ${String(kind)}`);
  const { uid, resourceVersion } = isRecord(preconditions) ? preconditions : {};
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy') ?? 'Background';
  if (!['Orphan', 'Background', 'Foreground'].includes(toText(policy))) {
    throw badRequest(`propagationPolicy: Unsupported value: "${toText(policy)}"`);
  }
  return {
    gracePeriodSeconds: parseGrace(body['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds')),
    uid: typeof uid === 'string' ? uid : undefined,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
    orphan: policy === 'Orphan' || body['orphanDependents'] === true,
    dryRun,
  };
}

function parseGrace(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value);
  if (!Number.isInteger(seconds)) {
    throw badRequest(`gracePeriodSeconds: Invalid value: "${toText(value)}": must be an integer`);
  }
  // Kubernetes reads less than nothing as a single second.
  return seconds < 0 ? 1 : seconds;
}

function requirePreconditions(
  definition: ResourceDefinition,
  { metadata }: KubeObject,
  { uid, resourceVersion }: DeleteOptions,
): void {
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(definition, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(definition, metadata.name, why);
  }
}

// Nobody has to end a pod that runs nowhere, or that has ended.
function podGraceSeconds({ spec, status, metadata }: Pod, options: DeleteOptions): number {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (!spec?.nodeName || ended) return 0;
  const asked = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  return Math.min(asked, metadata.deletionGracePeriodSeconds ?? asked);
}

function mark(
  store: ObjectStore,
  resource: ResourceName,
  { object, graceSeconds }: { object: KubeObject; graceSeconds: number },
): KubeObject {
  return store.update(resource, object.metadata, ({ metadata }: KubeObject) => {
    const earlier = metadata.deletionGracePeriodSeconds;
    if (metadata.deletionTimestamp !== undefined && (earlier ?? 0) <= graceSeconds) return;
    const startedAt = metadata.deletionTimestamp
      ? Date.parse(metadata.deletionTimestamp) - (earlier ?? 0) * 1_000
      : Date.now();
    metadata.deletionTimestamp = toTimestamp(new Date(startedAt + graceSeconds * 1_000));
    metadata.deletionGracePeriodSeconds = graceSeconds;
  });
}

const resourceNames = Object.keys(resourceDefinitions) as ResourceName[];

function disown(store: ObjectStore, { metadata: { uid } }: KubeObject): void {
  for (const resource of resourceNames) {
    const dependents = store
      .list(resource)
      .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
    for (const dependent of dependents) {
      store.update(resource, dependent.metadata, ({ metadata }: KubeObject) => {
        metadata.ownerReferences = metadata.ownerReferences?.filter((owner) => owner.uid !== uid);
      });
    }
  }
}

// Owners first: their controllers must not put back what goes.
function clearNamespace(store: ObjectStore, namespace: string): void {
  store.update('namespaces', { name: namespace }, (draft) => {
    draft.status = { ...draft.status, phase: 'Terminating' };
  });
  for (const resource of ['deployments', 'replicasets', 'pods', ...resourceNames] as const) {
    if (!resourceDefinitions[resource].namespaced) continue;
    for (const { metadata } of store.list(resource, namespace)) store.delete(resource, metadata);
  }
}
