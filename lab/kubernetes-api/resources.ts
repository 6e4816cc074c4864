import type {
  CoreV1Event,
  V1Deployment,
  V1Endpoints,
  V1EndpointSlice,
  V1Namespace,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1Service,
} from '@kubernetes/client-node';

/** A type of the Kubernetes client as it is on the wire: every timestamp is an RFC 3339 string. */
export type Wire<T> = T extends Date
  ? string
  : T extends object
    ? { [K in keyof T]: Wire<T[K]> }
    : T;

/** Metadata of a stored object: what every object of an API server always has, is required. */
export type ObjectMeta = Wire<V1ObjectMeta> & {
  name: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
};

type Stored<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
};

/** The objects this API server holds, by the plural name of their resource. */
export type ObjectsByResource = {
  namespaces: Stored<V1Namespace>;
  nodes: Stored<V1Node>;
  pods: Stored<V1Pod>;
  events: Stored<CoreV1Event>;
  services: Stored<V1Service>;
  endpoints: Stored<V1Endpoints>;
  endpointslices: Stored<V1EndpointSlice>;
  deployments: Stored<V1Deployment>;
  replicasets: Stored<V1ReplicaSet>;
  poddisruptionbudgets: Stored<V1PodDisruptionBudget>;
};

export type ResourceName = keyof ObjectsByResource;
export type Pod = ObjectsByResource['pods'];
export type Node = ObjectsByResource['nodes'];
export type Namespace = ObjectsByResource['namespaces'];
export type Event = ObjectsByResource['events'];
export type Service = ObjectsByResource['services'];
export type Endpoints = ObjectsByResource['endpoints'];
export type EndpointSlice = ObjectsByResource['endpointslices'];
export type Deployment = ObjectsByResource['deployments'];
export type ReplicaSet = ObjectsByResource['replicasets'];
export type PodDisruptionBudget = ObjectsByResource['poddisruptionbudgets'];

/** Any stored object, when its resource does not matter. */
export type KubeObject = ObjectsByResource[ResourceName];

export type ResourceDefinition = {
  readonly name: ResourceName;
  readonly singular: string;
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly inCategoryAll: boolean;
  readonly subresources: readonly ('status' | 'scale' | 'eviction' | 'log')[];
};

const core = { group: '', version: 'v1', namespaced: true, inCategoryAll: false };
const apps = { group: 'apps', version: 'v1', namespaced: true, inCategoryAll: true };

/** Everything that discovery, the router and the store know about a resource. */
export const resourceDefinitions: { readonly [R in ResourceName]: ResourceDefinition } = {
  namespaces: {
    ...core,
    name: 'namespaces',
    singular: 'namespace',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    subresources: ['status'],
  },
  nodes: {
    ...core,
    name: 'nodes',
    singular: 'node',
    kind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    subresources: ['status'],
  },
  pods: {
    ...core,
    name: 'pods',
    singular: 'pod',
    kind: 'Pod',
    shortNames: ['po'],
    inCategoryAll: true,
    subresources: ['status', 'eviction', 'log'],
  },
  events: {
    ...core,
    name: 'events',
    singular: 'event',
    kind: 'Event',
    shortNames: ['ev'],
    subresources: [],
  },
  services: {
    ...core,
    name: 'services',
    singular: 'service',
    kind: 'Service',
    shortNames: ['svc'],
    inCategoryAll: true,
    subresources: ['status'],
  },
  endpoints: {
    ...core,
    name: 'endpoints',
    singular: 'endpoints',
    kind: 'Endpoints',
    shortNames: ['ep'],
    subresources: [],
  },
  endpointslices: {
    ...core,
    name: 'endpointslices',
    singular: 'endpointslice',
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    shortNames: [],
    subresources: [],
  },
  deployments: {
    ...apps,
    name: 'deployments',
    singular: 'deployment',
    kind: 'Deployment',
    shortNames: ['deploy'],
    subresources: ['status', 'scale'],
  },
  replicasets: {
    ...apps,
    name: 'replicasets',
    singular: 'replicaset',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    subresources: ['status', 'scale'],
  },
  poddisruptionbudgets: {
    ...core,
    name: 'poddisruptionbudgets',
    singular: 'poddisruptionbudget',
    kind: 'PodDisruptionBudget',
    group: 'policy',
    shortNames: ['pdb'],
    subresources: ['status'],
  },
};

/** `v1` or `apps/v1`. */
export function apiVersionOf(definition: Pick<ResourceDefinition, 'group' | 'version'>): string {
  return definition.group === '' ? definition.version : `${definition.group}/${definition.version}`;
}
