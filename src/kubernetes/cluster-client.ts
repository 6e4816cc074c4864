import {
  CoreV1Api,
  DiscoveryV1Api,
  Observable,
  PolicyV1Api,
  Watch,
  type ConfigurationOptions,
  type KubeConfig,
  type ObservableMiddleware,
  type V1EndpointSlice,
  type V1Node,
  type V1Pod,
  type V1PodDisruptionBudget,
} from '@kubernetes/client-node';
import type { ScoringService } from '../domain/catalogue.ts';
import { isRefused } from './cluster-error.ts';
import { listAll, type Page, type Source } from './source.ts';

/** What is asked of one cluster's API, each call with a time-out. */
export type ClusterClient = {
  readonly watch: Watch;
  /** The pods of the service. */
  pods(service: ScoringService): Source<V1Pod>;
  /** Who gets traffic, for every service of the namespace. */
  endpointSlices(namespace: string): Source<V1EndpointSlice>;
  /** The nodes of the cluster: they are in no namespace. */
  nodes(): Source<V1Node>;
  /** Every PodDisruptionBudget of the namespace; none where the cluster does not know them. */
  listBudgets(namespace: string): Promise<readonly V1PodDisruptionBudget[]>;
  /** One object at most: whether the API answers and lets us read. */
  probe(what: 'pods' | 'endpointSlices' | 'budgets', namespace: string): Promise<void>;
  probeNodes(): Promise<void>;
};

const requestTimeoutMs = 4_000;
const pageSize = 500;

/** A client for the cluster that this leads to. */
export function createClusterClient(config: KubeConfig): ClusterClient {
  const core = config.makeApiClient(CoreV1Api);
  const discovery = config.makeApiClient(DiscoveryV1Api);
  const policy = config.makeApiClient(PolicyV1Api);
  const inNamespace = (namespace: string) => `namespaces/${encodeURIComponent(namespace)}`;
  const one = (namespace: string) => ({ namespace, limit: 1 });
  const probes = {
    pods: (namespace: string) => core.listNamespacedPod(one(namespace), withTimeout),
    endpointSlices: (namespace: string) =>
      discovery.listNamespacedEndpointSlice(one(namespace), withTimeout),
    budgets: (namespace: string) =>
      ifServed<unknown>(
        policy.listNamespacedPodDisruptionBudget(one(namespace), withTimeout),
        undefined,
      ),
  };
  return {
    watch: new Watch(config),
    pods({ namespace, selector }) {
      const labelSelector = toLabelSelector(selector);
      const query = { namespace, labelSelector, limit: pageSize };
      return {
        path: `/api/v1/${inNamespace(namespace)}/pods`,
        labelSelector,
        readPage: (from) => core.listNamespacedPod({ ...query, ...from }, withTimeout),
      };
    },
    endpointSlices: (namespace) => ({
      path: `/apis/discovery.k8s.io/v1/${inNamespace(namespace)}/endpointslices`,
      readPage: (from) =>
        discovery.listNamespacedEndpointSlice({ namespace, limit: pageSize, ...from }, withTimeout),
    }),
    nodes: () => ({
      path: '/api/v1/nodes',
      readPage: (from) => core.listNode({ limit: pageSize, ...from }, withTimeout),
    }),
    async listBudgets(namespace) {
      const query = { namespace, limit: pageSize };
      const readPage = (from: object): Promise<Page<V1PodDisruptionBudget>> =>
        policy.listNamespacedPodDisruptionBudget({ ...query, ...from }, withTimeout);
      const list = listAll({ readPage }, (budget) => budget);
      return ifServed(
        list.then(({ items }) => items),
        [],
      );
    },
    async probe(what, namespace) {
      await probes[what](namespace);
    },
    async probeNodes() {
      await core.listNode({ limit: 1 }, withTimeout);
    },
  };
}

/** Clusters before 1.21 have no policy/v1, and no budgets that could be asked for by it. */
async function ifServed<Value>(answer: Promise<Value>, otherwise: Value): Promise<Value> {
  return answer.catch((error: unknown) => {
    if (isRefused(error, [404])) return otherwise;
    throw error;
  });
}

/** `app=diabetes,tier=scoring` */
export function toLabelSelector(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

const timeout: ObservableMiddleware = {
  pre(context) {
    context.setSignal(AbortSignal.timeout(requestTimeoutMs));
    return new Observable(Promise.resolve(context));
  },
  post: (context) => new Observable(Promise.resolve(context)),
};
const withTimeout: ConfigurationOptions = {
  middleware: [timeout],
  middlewareMergeStrategy: 'append',
};
