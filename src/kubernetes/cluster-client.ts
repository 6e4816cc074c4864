import {
  CoreV1Api,
  Observable,
  Watch,
  type ConfigurationOptions,
  type KubeConfig,
  type ObservableMiddleware,
  type V1Pod,
  type V1PodList,
} from '@kubernetes/client-node';
import type { ScoringService } from '../domain/catalogue.ts';

/** What is asked of one cluster's API, each call with a time-out. */
export type ClusterClient = {
  readonly watch: Watch;
  /** Every pod of the service, read page by page. */
  listPods(service: ScoringService): Promise<V1PodList>;
  /** One pod at most: whether the API answers and lets us read. */
  probe(namespace: string): Promise<void>;
};

const requestTimeoutMs = 4_000;
const pageSize = 500;

/** A client for the cluster that this leads to. */
export function createClusterClient(config: KubeConfig): ClusterClient {
  const core = config.makeApiClient(CoreV1Api);
  return {
    watch: new Watch(config),
    async listPods({ namespace, selector }) {
      const items: V1Pod[] = [];
      const query = { namespace, labelSelector: toLabelSelector(selector), limit: pageSize };
      let page: V1PodList;
      let next: string | undefined;
      do {
        const from = next === undefined ? {} : { _continue: next };
        page = await core.listNamespacedPod({ ...query, ...from }, withTimeout);
        items.push(...page.items);
        next = page.metadata?._continue || undefined;
      } while (next !== undefined);
      page.items = items;
      return page;
    },
    async probe(namespace) {
      await core.listNamespacedPod({ namespace, limit: 1 }, withTimeout);
    },
  };
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
