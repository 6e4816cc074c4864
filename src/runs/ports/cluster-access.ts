import type { Cluster } from '../../domain/catalogue.ts';

/** Gives a bearer token for a scope of Entra, and until when it is good, ms since the epoch. */
export type ReadToken = (scope: string) => Promise<{ token: string; expiresAt: number }>;

/** Gets into managed clusters with the identity of this process. Rejects with `cluster-forbidden`, `cluster-unauthorized` or `cluster-unreachable`. */
export interface ClusterAccess {
  /** The kubeconfig that is given out for the cluster: its address, its certificate authority, and how to sign in. */
  readKubeconfig(cluster: Cluster): Promise<string>;
  /** A token that a cluster takes, for the application that its kubeconfig names; renewed in time. */
  readToken(audience: string): Promise<string>;
}
