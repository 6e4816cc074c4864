import type { Random } from '../../scoring/seeded-random.ts';
import type { ScoringMode } from '../../scoring/scoring-mode.ts';
import type { ClusterApi } from '../cluster-api.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { Pace } from '../pace.ts';
import type { PodNetwork } from '../pod-network.ts';

/** What the parts of one node's kubelet share. */
export type NodeContext = {
  readonly api: ClusterApi;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly events: EventRecorder;
  readonly network: PodNetwork;
  readonly pace: Pace;
  readonly random: Random;
  /** The key that scoring processes accept: the value of the secret that the pods' environment refers to. */
  readonly scoringKey: string;
  /** The mode that a scoring process of this pod is to be in. */
  readonly readMode: (podName: string) => ScoringMode;
};
