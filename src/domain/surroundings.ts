/** A pod that a Kubernetes service sends traffic to. */
export type InRotation = { readonly uid: string; readonly pod: string; readonly service: string };

/** A node as the cluster showed it. */
export type NodeState = {
  readonly uid: string;
  readonly name: string;
  readonly ready: boolean;
  /** Cordoned: it takes no new pods. */
  readonly unschedulable: boolean;
  /** Another one after each boot. */
  readonly bootId: string;
  /** Why it is not ready, as Kubernetes says it: `NodeStatusUnknown`. */
  readonly reason?: string;
};

/** What there was when it was seen last, at `at`, ms since the epoch. */
export type LastSeen<Item> = { readonly at: number; readonly items: readonly Item[] };

/** Who got traffic, and the nodes that carried pods of the service, or had done so. What could not be seen is absent. */
export type Surroundings = {
  readonly rotation?: LastSeen<InRotation>;
  readonly nodes?: LastSeen<NodeState>;
};
