import { ListWatch, type V1Pod } from '@kubernetes/client-node';
import type { ScoringService } from '../domain/catalogue.ts';
import type { Log, PodWatch } from '../runs/ports.ts';
import { toLabelSelector, type ClusterClient } from './cluster-client.ts';
import { PodHistory } from './pod-history.ts';
import { trimPod } from './trimmed-pod.ts';

export type WatchPodsOptions = {
  readonly client: () => Promise<ClusterClient>;
  readonly service: ScoringService;
  readonly clock: { now(): number };
  readonly log: Log;
};

/** A watch that says nothing proves nothing: each so often the pods are listed as well, which also dates the view. */
const confirmIntervalMs = 2_000;
/** Where a list takes long, as of thousands of pods, listing takes no more than this share of the time, as long as the view does not grow older than the last of these. */
const listingShare = 0.05;
const longestIntervalMs = 8_000;
const firstRestartMs = 500;
const longestRestartMs = 15_000;

/**
 * Follows the pods of a service until closed. The client's list-watch brings changes at once; a list beside it confirms them and corrects what a
 * broken connection lost.
 */
export function watchPods({ client, service, clock, log }: WatchPodsOptions): PodWatch {
  const history = new PodHistory();
  const closing = new AbortController();
  let confirmedAt = 0;
  let failures = 0;

  let informer: ListWatch<V1Pod> | undefined;
  const start = async () => {
    if (closing.signal.aborted) return;
    informer ??= follow(await client());
    await informer.start();
  };
  const follow = (api: ClusterClient) => {
    const path = `/api/v1/namespaces/${encodeURIComponent(service.namespace)}/pods`;
    const labels = toLabelSelector(service.selector);
    const pods = new ListWatch<V1Pod>(path, api.watch, () => api.listPods(service), false, labels);
    pods.on('change', (pod) => {
      failures = 0;
      if (pods.get(pod.metadata?.name ?? '', pod.metadata?.namespace))
        history.observe(trimPod(pod), clock.now());
    });
    pods.on('delete', (pod) => history.remove(trimPod(pod), clock.now()));
    pods.on('error', (error: unknown) => restartLater(error));
    return pods;
  };
  function restartLater(error: unknown): void {
    if (closing.signal.aborted) return;
    failures += 1;
    if (failures === 1)
      log.warn({ service: service.name, error }, 'The watch on pods broke off; trying again.');
    const backoffMs = Math.min(longestRestartMs, firstRestartMs * 2 ** (failures - 1));
    const again = () => void start().catch(restartLater);
    setTimeout(again, backoffMs * (0.5 + Math.random())).unref();
  }

  const confirm = async () => {
    const api = await client();
    const { items, metadata } = await api.listPods(service);
    if (closing.signal.aborted) return;
    const at = clock.now();
    history.replace(items.map(trimPod), Number(metadata?.resourceVersion), at);
    confirmedAt = at;
  };
  const confirmAgain = async (): Promise<void> => {
    const startedAt = clock.now();
    await confirm().catch(() => undefined);
    const tookMs = clock.now() - startedAt;
    if (!closing.signal.aborted) timer = setTimeout(() => void confirmAgain(), toInterval(tookMs));
  };
  let timer: NodeJS.Timeout | undefined;
  void confirmAgain().then(start).catch(restartLater);

  return {
    view: () => ({ pods: history.pods(), confirmedAt }),
    changes: () => history.changes(),
    async close() {
      closing.abort();
      clearTimeout(timer);
      await informer?.stop();
    },
  };
}

function toInterval(tookMs: number): number {
  return Math.min(Math.max(confirmIntervalMs, tookMs / listingShare), longestIntervalMs);
}
