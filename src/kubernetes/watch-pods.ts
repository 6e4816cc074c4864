import type { ScoringService } from '../domain/catalogue.ts';
import type { Log, PodWatch } from '../runs/ports.ts';
import type { ClusterClient } from './cluster-client.ts';
import { followObjects } from './follow-objects.ts';
import { PodHistory } from './pod-history.ts';
import { trimPod } from './trimmed-pod.ts';

export type WatchPodsOptions = {
  readonly client: () => Promise<ClusterClient>;
  readonly service: ScoringService;
  readonly clock: { now(): number };
  readonly log: Log;
};

/** Follows the pods of a service until closed. */
export function watchPods({ service, ...options }: WatchPodsOptions): PodWatch {
  const history = new PodHistory();
  const pods = followObjects({
    ...options,
    what: `pods of ${service.name}`,
    source: (client) => client.pods(service),
    trim: trimPod,
    into: history,
  });
  return {
    view: () => ({ pods: history.pods(), confirmedAt: pods.confirmedAt() }),
    changes: () => history.changes(),
    close: () => pods.close(),
  };
}
