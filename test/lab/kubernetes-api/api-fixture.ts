import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKubeconfig } from '../../../lab/kubernetes-api/kubeconfig.ts';
import { ObjectStore } from '../../../lab/kubernetes-api/object-store.ts';
import {
  startKubernetesApi,
  type KubernetesApi,
  type KubernetesApiOptions,
} from '../../../lab/kubernetes-api/server.ts';
import { createCertificateAuthority } from '../../../lab/tls/certificate-authority.ts';

export type ApiFixture = {
  readonly api: KubernetesApi;
  readonly store: ObjectStore;
  readonly kubeconfigPath: string;
  readonly folder: string;
  readonly token: string;
  readonly caPem: string;
  close(): Promise<void>;
};

/** An API server with a small cluster in its store, on a free port, with a kubeconfig for it. */
export async function startApiFixture(
  options: Partial<KubernetesApiOptions> = {},
): Promise<ApiFixture> {
  const fixture = await startApi(options);
  addCluster(fixture.store);
  return fixture;
}

/** An API server on a free port, with a kubeconfig for it; what is in its store is up to the caller. */
export async function startApi(options: Partial<KubernetesApiOptions> = {}): Promise<ApiFixture> {
  const host = '127.0.0.1';
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-api-'));
  const store = options.store ?? new ObjectStore();
  const authority = await createCertificateAuthority('test');
  const { caPem } = authority;
  const tls = await authority.issue([host]);
  const token = 'a-token-for-tests';
  const api = await startKubernetesApi({ host, port: 0, tls, token, ...options, store });
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeKubeconfig({ path: kubeconfigPath, url: api.url, caPem, token, clusterName: 'lab' });
  return {
    api,
    store,
    kubeconfigPath,
    folder,
    token,
    caPem,
    close: async () => {
      await api.close();
      await rm(folder, { recursive: true });
    },
  };
}

function addCluster(store: ObjectStore): void {
  for (const name of ['default', 'kube-system', 'chaos-testing']) {
    const labels = { 'kubernetes.io/metadata.name': name };
    store.create('namespaces', { metadata: { name, labels }, status: { phase: 'Active' } });
  }
  for (const name of ['node-0', 'node-1']) addNode(store, name);
  const selector = { matchLabels: { app: 'diabetes' } };
  const template = {
    metadata: { labels: { app: 'diabetes' } },
    spec: { containers: [{ name: 'scoring', image: 'registry.test/diabetes:1' }] },
  };
  store.create('deployments', {
    metadata: { name: 'diabetes', namespace: 'default', labels: { app: 'diabetes' } },
    spec: { replicas: 2, selector, template },
    status: { replicas: 2, readyReplicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  });
  store.create('services', {
    metadata: { name: 'diabetes', namespace: 'default' },
    spec: {
      type: 'ClusterIP',
      clusterIP: '127.0.0.9',
      clusterIPs: ['127.0.0.9'],
      selector: { app: 'diabetes' },
      ports: [{ name: 'http', port: 80, targetPort: 5001, protocol: 'TCP' }],
    },
  });
  addPod(store, { name: 'diabetes-a', nodeName: 'node-0' });
  addPod(store, { name: 'diabetes-b', nodeName: 'node-1' });
}

function addNode(store: ObjectStore, name: string): void {
  store.create('nodes', {
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { podCIDR: '10.244.0.0/24' },
    status: {
      allocatable: { cpu: '2', memory: '8Gi', pods: '110' },
      capacity: { cpu: '2', memory: '8Gi', pods: '110' },
      addresses: [{ type: 'InternalIP', address: '10.0.0.4' }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'containerd://1.7',
        kernelVersion: '6.1',
        kubeProxyVersion: 'v1.32.4',
        kubeletVersion: 'v1.32.4',
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Ubuntu 22.04',
        systemUUID: '',
      },
    },
  });
}

/** A running, ready pod of the service. */
export function addPod(
  store: ObjectStore,
  pod: { name: string; nodeName?: string; namespace?: string; labels?: Record<string, string> },
) {
  const { name, nodeName = 'node-0', namespace = 'default', labels = { app: 'diabetes' } } = pod;
  const startedAt = '2026-01-01T00:00:00Z';
  return store.create('pods', {
    metadata: { name, namespace, labels },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 30,
      containers: [{ name: 'scoring', image: 'registry.test/diabetes:1' }],
    },
    status: {
      phase: 'Running',
      podIP: '10.244.0.7',
      podIPs: [{ ip: '10.244.0.7' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'scoring',
          image: 'registry.test/diabetes:1',
          imageID: 'sha256:0',
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt } },
        },
      ],
    },
  });
}

export type SliceEndpoint = {
  readonly pod: string;
  readonly ready?: boolean;
  readonly terminating?: boolean;
};

/** An EndpointSlice of the service with these pods of the store, and how to change it. */
export function addSlice(
  store: ObjectStore,
  endpoints: readonly SliceEndpoint[],
  { name = 'diabetes-x7k2p', service = 'diabetes' } = {},
) {
  const toEndpoints = (given: readonly SliceEndpoint[]) =>
    given.map(({ pod, ready = true, terminating = false }, index) => ({
      addresses: [`10.244.${Math.floor(index / 250)}.${(index % 250) + 1}`],
      conditions: { ready, serving: ready, terminating },
      targetRef: {
        kind: 'Pod',
        namespace: 'default',
        name: pod,
        uid: store.get('pods', { namespace: 'default', name: pod })?.metadata.uid ?? 'unknown',
      },
    }));
  store.create('endpointslices', {
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: toEndpoints(endpoints),
    ports: [{ name: 'http', port: 5001, protocol: 'TCP' }],
  });
  return {
    set: (given: readonly SliceEndpoint[]) =>
      void store.update('endpointslices', { namespace: 'default', name }, (slice) => {
        slice.endpoints = toEndpoints(given);
      }),
  };
}

/** What the kubelet does at the end of a pod's grace period. */
export function actAsKubelet(store: ObjectStore): () => void {
  return store.subscribe('pods', ({ type, object }) => {
    if (type !== 'MODIFIED' || object.metadata.deletionTimestamp === undefined) return;
    store.delete('pods', object.metadata);
  });
}
