import {
  ApiException,
  CoreV1Api,
  Observable,
  PolicyV1Api,
  Watch,
  type ConfigurationOptions,
  type KubeConfig,
  type ObservableMiddleware,
  type V1ListMeta,
  type V1PodDisruptionBudget,
  type V1PodList,
} from '@kubernetes/client-node';
import type { ScoringService } from '../domain/catalogue.ts';

/** What is asked of one cluster's API, each call with a time-out. */
export type ClusterClient = {
  readonly watch: Watch;
  /** Every pod of the service, read page by page. */
  listPods(service: ScoringService): Promise<V1PodList>;
  /** Every PodDisruptionBudget of the namespace; none where the cluster does not know them. */
  listBudgets(namespace: string): Promise<readonly V1PodDisruptionBudget[]>;
  /** One pod at most: whether the API answers and lets us read. */
  probe(namespace: string): Promise<void>;
  /** The same for budgets. */
  probeBudgets(namespace: string): Promise<void>;
};

const requestTimeoutMs = 4_000;
const pageSize = 500;

/** A client for the cluster that this leads to. */
export function createClusterClient(config: KubeConfig): ClusterClient {
  const core = config.makeApiClient(CoreV1Api);
  const policy = config.makeApiClient(PolicyV1Api);
  return {
    watch: new Watch(config),
    async listPods({ namespace, selector }) {
      const query = { namespace, labelSelector: toLabelSelector(selector), limit: pageSize };
      return listAll((from) => core.listNamespacedPod({ ...query, ...from }, withTimeout));
    },
    async listBudgets(namespace) {
      const query = { namespace, limit: pageSize };
      const list = listAll((from) =>
        policy.listNamespacedPodDisruptionBudget({ ...query, ...from }, withTimeout),
      );
      const { items } = await ifServed(list, { items: [] });
      return items;
    },
    async probe(namespace) {
      await core.listNamespacedPod({ namespace, limit: 1 }, withTimeout);
    },
    async probeBudgets(namespace) {
      const query = { namespace, limit: 1 };
      await ifServed(policy.listNamespacedPodDisruptionBudget(query, withTimeout), undefined);
    },
  };
}

type Page<Item> = { items: Item[]; metadata?: V1ListMeta };

/** Every item, read page by page, on the last page. */
async function listAll<Item, List extends Page<Item>>(
  read: (from: { _continue?: string }) => Promise<List & Page<Item>>,
): Promise<List> {
  const items: Item[] = [];
  let page: List;
  let next: string | undefined;
  do {
    page = await read(next === undefined ? {} : { _continue: next });
    items.push(...page.items);
    next = page.metadata?._continue || undefined;
  } while (next !== undefined);
  page.items = items;
  return page;
}

/** Clusters before 1.21 have no policy/v1, and no budgets that could be asked for by it. */
async function ifServed<Value>(answer: Promise<Value>, otherwise: Value): Promise<Value> {
  return answer.catch((error: unknown) => {
    if (error instanceof ApiException && error.code === 404) return otherwise;
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
