/** The fields to keep of a value: `true` keeps all of it; of lists, the fields of each entry. */
export type KeptFields = true | { readonly [field: string]: KeptFields };

const objectReference = { kind: true, name: true, uid: true } as const;
const condition = { type: true, status: true, reason: true, lastTransitionTime: true } as const;
const containerState = {
  waiting: { reason: true },
  running: { startedAt: true },
  terminated: { exitCode: true, reason: true, finishedAt: true },
} as const;
const containerStatus = {
  name: true,
  ready: true,
  started: true,
  restartCount: true,
  image: true,
  imageID: true,
  state: containerState,
  lastState: containerState,
} as const;

/** Everything that is read of pods, nodes, endpoint slices, disruption budgets, workloads and Chaos Mesh's pod faults. Other annotations and managed fields make up most of an object. */
export const keptFields: KeptFields = {
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    resourceVersion: true,
    generation: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    labels: true,
    annotations: {
      'deployment.kubernetes.io/desired-replicas': true,
      'deployment.kubernetes.io/revision': true,
    },
    ownerReferences: { controller: true, uid: true },
  },
  spec: {
    nodeName: true,
    unschedulable: true,
    // Of a probe, whether there is one, not what it does.
    containers: { name: true, image: true, readinessProbe: {} },
    readinessGates: { conditionType: true },
    selector: true,
    replicas: true,
    template: { metadata: { labels: true } },
    action: true,
  },
  status: {
    phase: true,
    reason: true,
    conditions: condition,
    containerStatuses: containerStatus,
    initContainerStatuses: containerStatus,
    nodeInfo: { bootID: true },
    observedGeneration: true,
    disruptionsAllowed: true,
    currentHealthy: true,
    desiredHealthy: true,
    expectedPods: true,
    experiment: {
      containerRecords: {
        id: true,
        phase: true,
        injectedCount: true,
        recoveredCount: true,
        events: { type: true, operation: true, timestamp: true },
      },
    },
  },
  endpoints: {
    targetRef: objectReference,
    conditions: { ready: true, terminating: true },
  },
};

/** Returns a value with these fields only. What is no object or list where one is expected stays as it is: whoever reads it decides. */
export function pickFields(value: unknown, kept: KeptFields): unknown {
  if (kept === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => pickFields(entry, kept));
  const given = new Map(Object.entries(value));
  return Object.fromEntries(
    Object.entries(kept)
      .filter(([field]) => given.has(field))
      .map(([field, inner]) => [field, pickFields(given.get(field), inner)]),
  );
}
