import type {
  KubeConfig,
  V1EndpointSlice,
  V1Node,
  V1Pod,
  V1PodDisruptionBudget,
  Watch,
} from '@kubernetes/client-node';
import type { ScoringService } from '../domain/catalogue.ts';
import { BoundedWatch } from './bounded-watch.ts';
import { isRefused } from './cluster-error.ts';
import { createPageReader, type PageLimits } from './create-page-reader.ts';
import { createWatchProbe } from './create-watch-probe.ts';
import type { PodChaos } from './pod-chaos.ts';
import { listAll, type Source } from './source.ts';
import type { Workload } from './wanted-pods.ts';

/** What is asked of one cluster's API, each call with a time-out. Objects are as they are on the wire: their times are texts. */
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
  /** The pod faults that Chaos Mesh has in a namespace. */
  podChaos(namespace: string): Source<PodChaos>;
  /** What makes pods and says how many: the ReplicaSets and the StatefulSets of a namespace. */
  workloads(namespace: string): readonly Source<Workload>[];
  /** One object at most: whether the API answers and lets us read. */
  probe(what: Probed, namespace: string): Promise<void>;
  /** Whether the API lets us watch. */
  probeWatch(what: Probed, namespace: string): Promise<void>;
};

export type Probed =
  'pods' | 'endpointSlices' | 'budgets' | 'nodes' | 'podChaos' | 'replicaSets' | 'statefulSets';

export type ClientLimits = PageLimits & { readonly maxLineBytes?: number };

/** 10,000 pods as large as those of a service mesh, from a server that ignores `limit`. */
const defaultLimits: ClientLimits = { timeoutMs: 4_000, maxBytes: 128 * 1_024 * 1_024 };
const pageSize = 500;

const pathOf: Readonly<Record<Probed, (namespace: string) => string>> = {
  pods: (namespace) => `/api/v1/${inNamespace(namespace)}/pods`,
  endpointSlices: (namespace) =>
    `/apis/discovery.k8s.io/v1/${inNamespace(namespace)}/endpointslices`,
  budgets: (namespace) => `/apis/policy/v1/${inNamespace(namespace)}/poddisruptionbudgets`,
  nodes: () => '/api/v1/nodes',
  replicaSets: (namespace) => `/apis/apps/v1/${inNamespace(namespace)}/replicasets`,
  statefulSets: (namespace) => `/apis/apps/v1/${inNamespace(namespace)}/statefulsets`,
  podChaos: (namespace) => `/apis/chaos-mesh.org/v1alpha1/${inNamespace(namespace)}/podchaos`,
};
const inNamespace = (namespace: string) => `namespaces/${encodeURIComponent(namespace)}`;

/** A client for the cluster that this leads to. */
export function createClusterClient(
  config: KubeConfig,
  { maxLineBytes, ...limits }: ClientLimits = defaultLimits,
): ClusterClient {
  const readPage = createPageReader(config, limits);
  const tryWatch = createWatchProbe(config);
  const toSource = <Raw>(path: string, selector?: string): Source<Raw> => ({
    path,
    ...(selector === undefined ? {} : { labelSelector: selector }),
    readPage: (from) => readPage<Raw>(path, { labelSelector: selector, limit: pageSize, ...from }),
  });
  return {
    watch: new BoundedWatch(config, maxLineBytes),
    pods: ({ namespace, selector }) => toSource(pathOf.pods(namespace), toLabelSelector(selector)),
    endpointSlices: (namespace) => toSource(pathOf.endpointSlices(namespace)),
    nodes: () => toSource(pathOf.nodes('')),
    podChaos: (namespace) => toSource(pathOf.podChaos(namespace)),
    workloads: (namespace) => [
      toSource(pathOf.replicaSets(namespace)),
      toSource(pathOf.statefulSets(namespace)),
    ],
    async listBudgets(namespace) {
      const source = toSource<V1PodDisruptionBudget>(pathOf.budgets(namespace));
      const list = listAll(source, (budget) => budget).then(({ items }) => items);
      return ifServed(list, []);
    },
    async probe(what, namespace) {
      const page = readPage(pathOf[what](namespace), { limit: 1 });
      await (mayBeMissing.includes(what) ? ifServed<unknown>(page, undefined) : page);
    },
    probeWatch: (what, namespace) => tryWatch(pathOf[what](namespace)),
  };
}

/** Clusters before 1.21 have no policy/v1, and those without Chaos Mesh none of its kinds. */
const mayBeMissing: readonly Probed[] = ['budgets', 'podChaos'];

async function ifServed<Value>(answer: Promise<Value>, otherwise: Value): Promise<Value> {
  return answer.catch((error: unknown) => {
    if (isRefused(error, [404])) return otherwise;
    throw error;
  });
}

/** `app=diabetes,tier=scoring` */
function toLabelSelector(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
