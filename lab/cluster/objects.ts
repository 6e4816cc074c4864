import type { ObjectsByResource } from '../kubernetes-api/resources.ts';

/** The object with these parts for certain: a cluster's own objects always have them, though their schema does not ask for it. */
type With<Stored, Part extends keyof Stored> = Stored & Required<Pick<Stored, Part>>;

export type Pod = With<ObjectsByResource['pods'], 'spec' | 'status'>;
export type Node = With<ObjectsByResource['nodes'], 'spec' | 'status'>;
export type Service = With<ObjectsByResource['services'], 'spec'>;
export type Deployment = With<ObjectsByResource['deployments'], 'spec' | 'status'>;
export type ReplicaSet = With<ObjectsByResource['replicasets'], 'spec' | 'status'>;
export type PodDisruptionBudget = With<
  ObjectsByResource['poddisruptionbudgets'],
  'spec' | 'status'
>;
export type Endpoints = ObjectsByResource['endpoints'];
export type EndpointSlice = ObjectsByResource['endpointslices'];

export type ObjectMeta = Pod['metadata'];
export type PodStatus = Pod['status'];
export type Container = Pod['spec']['containers'][number];
export type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
export type Probe = NonNullable<Container['readinessProbe']>;
export type Taint = NonNullable<Node['spec']['taints']>[number];
export type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];
export type ObjectReference = NonNullable<Endpoint['targetRef']>;

/** What the conditions of pods, nodes and deployments have in common. */
export type Condition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  /** Of nodes. */
  lastHeartbeatTime?: string;
};
