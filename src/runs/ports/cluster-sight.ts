import type { MatchedPods } from '../../domain/blast-radius.ts';
import type { Cluster, ScoringService } from '../../domain/catalogue.ts';
import type { FaultRecord } from '../../domain/injection.ts';
import type { NodeChange, PodChange, PodsView } from '../../domain/measurement.ts';
import type { Surroundings } from '../../domain/surroundings.ts';

/** A view that is older than this share of what is allowed was not seen meanwhile, also where no list failed (`toSeenForMs`). */
export const seenForShare = 2 / 3;

/** Sees pods. */
export interface ClusterSight {
  /** The pods that a service's selector matches now, with the disruption budgets that cover them and what an approver should know. */
  readPods(service: ScoringService, cluster: Cluster): Promise<MatchedPods>;
  /**
   * Chaos Mesh's own records of pod faults around the service; undefined where the bot may not read them, or the cluster has none. Rejects when the
   * cluster does not answer.
   */
  readFaultRecords(
    service: ScoringService,
    cluster: Cluster,
  ): Promise<readonly FaultRecord[] | undefined>;
  /**
   * How many pods the workloads behind the service want now; undefined where the bot may not read them, or pods are made by something else. Rejects when
   * the cluster does not answer.
   */
  readWantedPods(service: ScoringService, cluster: Cluster): Promise<number | undefined>;
  /**
   * Follows the service's pods until closed. Goes on through lost connections; the view's `confirmedAt` tells its age, which stays under `freshWithinMs` while
   * the cluster answers. `before`: what there was beside the pods before a restart; what differs from it is told as changed since then.
   */
  watch(
    service: ScoringService,
    cluster: Cluster,
    freshWithinMs: number,
    before?: Surroundings,
  ): PodWatch;
  /**
   * Rejects when pods of these namespaces, or their disruption budgets, cannot be read now. Says what else cannot be for want of a permission that runs do
   * without, in sentences.
   */
  check(cluster: Cluster, namespaces: readonly string[]): Promise<readonly string[]>;
}

export interface PodWatch {
  view(): PodsView;
  /** Every change seen since the watch began, oldest first; also of who gets traffic, where that may be seen. */
  changes(): readonly PodChange[];
  /** What happened to the nodes that carry the pods, or did, oldest first; nothing where nodes may not be seen. */
  nodeChanges(): readonly NodeChange[];
  /** What there is beside the pods, as far as it may be seen, to be compared with after a restart. */
  surroundings(): Surroundings;
  close(): Promise<void>;
}
