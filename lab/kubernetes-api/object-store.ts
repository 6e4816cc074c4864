import { randomBytes, randomUUID } from 'node:crypto';
import { isSameJson } from './record.ts';
import { EventHistory, type StoreEvent } from './event-history.ts';
import {
  apiVersionOf,
  resourceDefinitions,
  type ObjectMeta,
  type ObjectsByResource,
  type ResourceName,
} from './resources.ts';

export type ObjectKey = { namespace?: string | undefined; name: string };

/** What `create` needs: metadata may be partial; `generateName` works in place of `name`. */
export type Draft<R extends ResourceName> = Omit<
  ObjectsByResource[R],
  'apiVersion' | 'kind' | 'metadata'
> & { metadata: Partial<ObjectMeta> };

export type StoreErrorReason = 'AlreadyExists' | 'NotFound' | 'Invalid';

/** Thrown by the store; `reason` is the reason of the Status that a client would see. */
export class StoreError extends Error {
  readonly reason: StoreErrorReason;
  readonly resource: ResourceName;
  readonly objectName: string;

  constructor(reason: StoreErrorReason, resource: ResourceName, objectName: string) {
    super(`${resource} "${objectName}": ${reason}`);
    this.name = 'StoreError';
    this.reason = reason;
    this.resource = resource;
    this.objectName = objectName;
  }
}

type Listener<R extends ResourceName> = (event: StoreEvent<R>) => void;
type Shelf<R extends ResourceName> = {
  readonly objects: Map<string, ObjectsByResource[R]>;
  readonly history: EventHistory<R>;
  readonly listeners: Set<Listener<R>>;
};
type Shelves = { [R in ResourceName]?: Shelf<R> };

/**
 * The cluster's state: what etcd is to Kubernetes. Every object handed out is deeply frozen; changes
 * go through `update`. Listeners are told synchronously, each event to all of them before the next.
 */
export class ObjectStore {
  readonly #shelves: Shelves = {};
  readonly #historyLimit: number;
  readonly #now: () => Date;
  readonly #untold: (() => void)[] = [];
  #telling = false;
  #revision = 1;

  constructor(options: { historyLimit?: number; now?: () => Date } = {}) {
    this.#historyLimit = options.historyLimit ?? 1_000;
    this.#now = options.now ?? (() => new Date());
  }

  /** The version of the newest change anywhere in the store. */
  get resourceVersion(): string {
    return String(this.#revision);
  }

  /** Fills uid, resourceVersion, creationTimestamp (and the name, from generateName). Throws `AlreadyExists`. */
  create<R extends ResourceName>(resource: R, draft: Draft<R>): ObjectsByResource[R] {
    const definition = resourceDefinitions[resource];
    const { namespace, ...metadata } = structuredClone(draft.metadata);
    const name = metadata.name ?? generatedName(metadata.generateName);
    if (name === undefined) throw new StoreError('Invalid', resource, '');
    const key = definition.namespaced ? { namespace: namespace ?? 'default', name } : { name };
    if (this.get(resource, key)) throw new StoreError('AlreadyExists', resource, name);
    const object = {
      apiVersion: apiVersionOf(definition),
      kind: definition.kind,
      ...structuredClone(draft),
      metadata: {
        ...metadata,
        ...key,
        uid: randomUUID(),
        creationTimestamp: toTimestamp(this.#now()),
        ...(hasGeneration(resource) ? { generation: 1 } : {}),
      },
    } as unknown as ObjectsByResource[R];
    return this.#commit(resource, { type: 'ADDED', object });
  }

  get<R extends ResourceName>(resource: R, key: ObjectKey): ObjectsByResource[R] | undefined {
    return this.#shelf(resource).objects.get(pathOf(resource, key));
  }

  /** Ordered by namespace, then name, as etcd does. */
  list<R extends ResourceName>(resource: R, namespace?: string): readonly ObjectsByResource[R][] {
    const entries = [...this.#shelf(resource).objects].filter(
      ([, object]) => namespace === undefined || object.metadata.namespace === namespace,
    );
    return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /**
   * Applies `change` to a clone. Without a difference nothing happens and no event is sent; with one
   * the resourceVersion moves (and the generation, when the spec changed). Throws `NotFound`.
   */
  update<R extends ResourceName>(
    resource: R,
    key: ObjectKey,
    change: (draft: ObjectsByResource[R]) => void,
  ): ObjectsByResource[R] {
    const previous = this.#mustGet(resource, key);
    const object = structuredClone(previous);
    change(object);
    restoreIdentity(object.metadata, previous.metadata);
    if (isSameJson(object, previous)) return previous;
    if (hasGeneration(resource) && desiresAnotherState(object, previous)) {
      object.metadata.generation = (previous.metadata.generation ?? 0) + 1;
    }
    return this.#commit(resource, { type: 'MODIFIED', object, previous });
  }

  /** Removes at once, without grace; answers the object as it was last. Throws `NotFound`. */
  delete<R extends ResourceName>(resource: R, key: ObjectKey): ObjectsByResource[R] {
    const previous = this.#mustGet(resource, key);
    return this.#commit(resource, { type: 'DELETED', object: structuredClone(previous), previous });
  }

  /** Tells `listener` every later change of the resource; answers how to stop. */
  subscribe<R extends ResourceName>(resource: R, listener: Listener<R>): () => void {
    const { listeners } = this.#shelf(resource);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** The changes after `resourceVersion`, oldest first, or `expired` when they are no longer all known. */
  eventsSince<R extends ResourceName>(
    resource: R,
    resourceVersion: string,
  ): readonly StoreEvent<R>[] | 'expired' {
    return this.#shelf(resource).history.since(Number(resourceVersion));
  }

  /** Forgets the history: whoever asks for changes since an older version is told `expired`. */
  compact(): void {
    for (const resource of Object.keys(resourceDefinitions) as ResourceName[]) {
      this.#shelf(resource).history.forgetUntil(this.#revision);
    }
  }

  #mustGet<R extends ResourceName>(resource: R, key: ObjectKey): ObjectsByResource[R] {
    const object = this.get(resource, key);
    if (!object) throw new StoreError('NotFound', resource, key.name);
    return object;
  }

  #shelf<R extends ResourceName>(resource: R): Shelf<R> {
    const shelves = this.#shelves as { [K in R]?: Shelf<R> };
    return (shelves[resource] ??= {
      objects: new Map(),
      history: new EventHistory(this.#historyLimit),
      listeners: new Set(),
    });
  }

  #commit<R extends ResourceName>(
    resource: R,
    event: Omit<StoreEvent<R>, 'revision'>,
  ): ObjectsByResource[R] {
    const { objects, history, listeners } = this.#shelf(resource);
    const revision = ++this.#revision;
    event.object.metadata.resourceVersion = String(revision);
    const object = deepFreeze(event.object);
    const path = pathOf(resource, object.metadata);
    if (event.type === 'DELETED') objects.delete(path);
    else objects.set(path, object);
    const committed = { ...event, object, revision };
    history.add(committed);
    for (const listener of listeners) {
      this.#untold.push(() => listeners.has(listener) && listener(committed));
    }
    this.#tell();
    return object;
  }

  // A listener may change the store: its change is told after everyone has heard the present one.
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#untold.shift(); next; next = this.#untold.shift()) hear(next);
    this.#telling = false;
  }
}

// What one listener gets wrong is neither the others' business nor that of whoever made the change.
function hear(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

const generatedResources: readonly ResourceName[] = [
  'deployments',
  'replicasets',
  'endpointslices',
  'poddisruptionbudgets',
];

function hasGeneration(resource: ResourceName): boolean {
  return generatedResources.includes(resource);
}

type Generated = { metadata: ObjectMeta; spec?: unknown; endpoints?: unknown };

function desiresAnotherState(object: Generated, previous: Generated): boolean {
  return (
    !isSameJson(object.spec, previous.spec) ||
    !isSameJson(object.endpoints, previous.endpoints) ||
    object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp
  );
}

function restoreIdentity(metadata: ObjectMeta, previous: ObjectMeta): void {
  const { name, uid, resourceVersion, creationTimestamp } = previous;
  Object.assign(metadata, { name, uid, resourceVersion, creationTimestamp });
  for (const field of ['namespace', 'generation'] as const) {
    if (previous[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: previous[field] });
  }
}

function pathOf(resource: ResourceName, key: ObjectKey): string {
  if (!resourceDefinitions[resource].namespaced) return key.name;
  return `${key.namespace ?? 'default'}/${key.name}`;
}

// The alphabet of Kubernetes: no vowels and no look-alikes, so that no names turn into words.
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

function generatedName(prefix: string | undefined): string | undefined {
  if (!prefix) return undefined;
  const letters = [...randomBytes(5)].map((byte) => suffixAlphabet[byte % suffixAlphabet.length]);
  return prefix + letters.join('');
}

/** RFC 3339 in whole seconds, as metav1.Time is written. */
export function toTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
