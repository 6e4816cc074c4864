import type { ScoringService } from '../domain/catalogue.ts';
import type { LastSeen, Surroundings } from '../domain/surroundings.ts';
import type { PodWatch } from '../runs/ports/cluster-sight.ts';
import type { Log } from '../runs/ports/log.ts';
import type { ClusterClient } from './cluster-client.ts';
import { EndpointHistory } from './endpoint-history.ts';
import { followObjects, type Following } from './follow-objects.ts';
import { NodeHistory } from './node-history.ts';
import { PodHistory } from './pod-history.ts';
import { trimNode } from './trimmed-node.ts';
import { trimPod } from './trimmed-pod.ts';
import { trimSlice } from './trimmed-slice.ts';

export type WatchPodsOptions = {
  readonly client: () => Promise<ClusterClient>;
  readonly service: ScoringService;
  /** What the view of the pods may not grow older than, ms, while the cluster answers. */
  readonly freshWithinMs: number;
  /** What there was beside the pods before a restart. */
  readonly before?: Surroundings | undefined;
  readonly clock: { now(): number };
  readonly log: Log;
};

/** Follows the pods of a service until closed, and, where that is permitted, who gets its traffic and the nodes that carry its pods. */
export function watchPods({
  service,
  freshWithinMs,
  before,
  ...shared
}: WatchPodsOptions): PodWatch {
  const pods: PodHistory = new PodHistory((uid) => endpoints.inRotation(uid));
  const endpoints = new EndpointHistory((uid) => pods.has(uid), before?.rotation);
  const nodes = new NodeHistory((name) => pods.isOnNode(name), before?.nodes);
  const following = followObjects({
    ...shared,
    what: `pods of ${service.name}`,
    source: (client) => client.pods(service),
    trim: trimPod,
    into: pods,
    freshWithinMs,
  });
  const followingSlices = followObjects({
    ...shared,
    what: `endpoint slices of ${service.name}`,
    source: (client) => client.endpointSlices(service.namespace),
    trim: trimSlice,
    into: endpoints,
  });
  const followingNodes = followObjects({
    ...shared,
    what: `nodes of ${service.name}`,
    source: (client) => client.nodes(),
    trim: trimNode,
    into: nodes,
  });
  return {
    view() {
      const problem = following.problem();
      const confirmedAt = following.confirmedAt();
      return {
        pods: pods.pods(),
        confirmedAt,
        ...(problem ? { problem } : {}),
        ...(following.hasFailed() ? { hasFailed: true } : {}),
      };
    },
    changes: () =>
      [...pods.changes(), ...endpoints.changes()].toSorted((left, right) => left.at - right.at),
    nodeChanges: () => nodes.changes(),
    surroundings() {
      // Which of them are of interest is known by the pods.
      if (following.confirmedAt() === 0) return {};
      const rotation = toLastSeen(endpoints.rotation(), followingSlices, endpoints.changes());
      const carrying = toLastSeen(nodes.nodes(), followingNodes, nodes.changes());
      return { ...(rotation ? { rotation } : {}), ...(carrying ? { nodes: carrying } : {}) };
    },
    async close() {
      const all = [following, followingSlices, followingNodes];
      await Promise.all(all.map((each) => each.close()));
    },
  };
}

/** It was seen when a list confirmed it last, or when a change was told since then. */
function toLastSeen<Item>(
  items: readonly Item[] | undefined,
  { confirmedAt }: Pick<Following, 'confirmedAt'>,
  changes: readonly { readonly at: number }[],
): LastSeen<Item> | undefined {
  return items && { at: Math.max(confirmedAt(), changes.at(-1)?.at ?? 0), items };
}
