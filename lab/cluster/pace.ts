/** How fast the cluster lives. Each number is Kubernetes' own unless the README's table says otherwise. */
export type Pace = {
  /** How long one second of the cluster lasts: of probes, back-off, grace periods, heartbeats, tolerations. 1000 is real time. */
  readonly secondMs: number;
  /** How long a scoring process takes to load its model, drawn between the two for each start. Always real time. */
  readonly modelLoadMs: readonly [number, number];
  /** From a changed endpoint slice until the router routes by it. Always real time. */
  readonly endpointPropagationMs: number;
  /** How often the kubelet looks at which containers have died. */
  readonly relistSeconds: number;
  readonly heartbeatSeconds: number;
  /** Without heartbeat for this long, a node's Ready becomes Unknown. */
  readonly nodeGraceSeconds: number;
  /** How long pods stay bound to a node that is not ready or not reachable. */
  readonly tolerationSeconds: number;
  /** How long a node stays unready before its repair begins, and how long the repair then takes. */
  readonly repairAfterSeconds: number;
  readonly repairSeconds: number;
  readonly crashBackOff: { readonly firstSeconds: number; readonly maxSeconds: number };
};

export const DEFAULT_PACE: Pace = {
  secondMs: 1_000,
  modelLoadMs: [1_000, 3_000],
  endpointPropagationMs: 300,
  relistSeconds: 1,
  heartbeatSeconds: 2,
  nodeGraceSeconds: 8,
  tolerationSeconds: 30,
  repairAfterSeconds: 30,
  repairSeconds: 20,
  crashBackOff: { firstSeconds: 10, maxSeconds: 300 },
};
