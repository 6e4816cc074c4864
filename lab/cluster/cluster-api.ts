import type { Draft, ObjectKey, ObjectStore } from '../kubernetes-api/object-store.ts';
import type { ObjectsByResource, ResourceName } from '../kubernetes-api/resources.ts';
import type { Deployment, Node, Pod, PodDisruptionBudget, ReplicaSet, Service } from './objects.ts';

type CompleteObjects = {
  pods: Pod;
  nodes: Node;
  services: Service;
  deployments: Deployment;
  replicasets: ReplicaSet;
  poddisruptionbudgets: PodDisruptionBudget;
};

/** An object of the resource with the parts that the cluster relies on. */
type Complete<R extends ResourceName> = ObjectsByResource[R] &
  (R extends keyof CompleteObjects ? CompleteObjects[R] : unknown);

export type Change<R extends ResourceName> = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Complete<R>;
};

/** The objects of one resource. What it hands out is frozen; changes go through `update`. */
export type Collection<R extends ResourceName> = {
  create(draft: Draft<R>): ObjectsByResource[R];
  get(key: ObjectKey): Complete<R> | undefined;
  list(namespace?: string): Complete<R>[];
  /** Nothing happens when the object no longer exists: whoever reacts to changes is always a little late. */
  update(key: ObjectKey, change: (draft: Complete<R>) => void): void;
  /** Nothing happens when the object no longer exists. */
  delete(key: ObjectKey): void;
  subscribe(listener: (change: Change<R>) => void): () => void;
};

/** The cluster's objects as controllers and kubelets read, write and follow them. */
export type ClusterApi = { readonly [R in Exclude<ResourceName, 'namespaces'>]: Collection<R> };

export function toClusterApi(store: ObjectStore): ClusterApi {
  return {
    pods: toCollection(store, 'pods'),
    nodes: toCollection(store, 'nodes'),
    events: toCollection(store, 'events'),
    services: toCollection(store, 'services'),
    endpoints: toCollection(store, 'endpoints'),
    endpointslices: toCollection(store, 'endpointslices'),
    deployments: toCollection(store, 'deployments'),
    replicasets: toCollection(store, 'replicasets'),
    poddisruptionbudgets: toCollection(store, 'poddisruptionbudgets'),
  };
}

function toCollection<R extends ResourceName>(store: ObjectStore, resource: R): Collection<R> {
  const isComplete = (object: ObjectsByResource[R] | undefined): object is Complete<R> =>
    object !== undefined && REQUIRED_PARTS[resource].every((part) => part in object);
  return {
    create: (draft) => store.create(resource, draft),
    get(key) {
      const object = store.get(resource, key);
      return isComplete(object) ? object : undefined;
    },
    list: (namespace) => store.list(resource, namespace).filter(isComplete),
    update(key, change) {
      if (!store.get(resource, key)) return;
      store.update(resource, key, (draft) => {
        if (isComplete(draft)) change(draft);
      });
    },
    delete(key) {
      if (store.get(resource, key)) store.delete(resource, key);
    },
    subscribe: (listener) =>
      store.subscribe(resource, ({ type, object }) => {
        if (isComplete(object)) listener({ type, object });
      }),
  };
}

const REQUIRED_PARTS: { readonly [R in ResourceName]: readonly string[] } = {
  pods: ['spec', 'status'],
  nodes: ['spec', 'status'],
  services: ['spec'],
  deployments: ['spec', 'status'],
  replicasets: ['spec', 'status'],
  poddisruptionbudgets: ['spec', 'status'],
  namespaces: [],
  events: [],
  endpoints: [],
  endpointslices: [],
};
