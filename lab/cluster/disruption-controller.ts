import { isDeepStrictEqual } from 'node:util';
import { matchesLabels, toRequirements } from '../kubernetes-api/selectors/label-selector.ts';
import type { ClusterApi } from './cluster-api.ts';
import { toCondition } from './condition.ts';
import { type Controller, startController } from './controller.ts';
import type { Pod, PodDisruptionBudget } from './objects.ts';
import { isControlledBy, isReady, isTerminating, toReplicas } from './pods.ts';
import { toTimestamp } from './timestamp.ts';

/** Keeps the status of each PodDisruptionBudget: how many healthy pods there are, must be, and how many can be spared. */
export function startDisruptionController(api: ClusterApi): Controller {
  const { poddisruptionbudgets, pods, replicasets, deployments } = api;
  return startController([poddisruptionbudgets, pods, replicasets, deployments], () => {
    for (const budget of poddisruptionbudgets.list()) updateStatus(api, budget);
  });
}

function updateStatus(api: ClusterApi, budget: PodDisruptionBudget): void {
  const { metadata, status: before } = budget;
  const status = toStatus(api, budget);
  if (isDeepStrictEqual(status, before)) return;
  api.poddisruptionbudgets.update(metadata, (draft) => {
    draft.status = status;
  });
}

type Status = PodDisruptionBudget['status'];

function toStatus(api: ClusterApi, budget: PodDisruptionBudget): Status {
  const pods = listCovered(api, budget);
  const currentHealthy = pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length;
  const { expectedPods, desiredHealthy } = toExpectation(budget, {
    matched: pods.length,
    scale: sumScales(api, pods),
  });
  const spare = Math.max(0, currentHealthy - desiredHealthy);
  const disruptionsAllowed = expectedPods > 0 ? spare : 0;
  const observedGeneration = budget.metadata.generation ?? 1;
  return {
    conditions: [toAllowed(budget, { allowed: disruptionsAllowed > 0, observedGeneration })],
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed,
    expectedPods,
    observedGeneration,
  };
}

// Without a selector it covers nothing; with an empty one, everything in its namespace.
function listCovered(api: ClusterApi, { metadata, spec }: PodDisruptionBudget): Pod[] {
  if (!spec.selector) return [];
  const requirements = toRequirements(spec.selector);
  return api.pods
    .list(metadata.namespace)
    .filter((pod) => matchesLabels(requirements, pod.metadata.labels));
}

/**
 * How many pods there should be, and how many of them healthy. Percentages are of the scale of the pods' controllers and round up, for `maxUnavailable`
 * too: of 3 pods, 50% are 2 (kubernetes/pkg/controller/disruption, getExpectedPodCount).
 */
export function toExpectation(
  { spec: { minAvailable, maxUnavailable } }: Pick<PodDisruptionBudget, 'spec'>,
  { matched, scale }: { matched: number; scale: number },
): { expectedPods: number; desiredHealthy: number } {
  if (maxUnavailable !== undefined) {
    const desiredHealthy = Math.max(0, scale - toCount(maxUnavailable, scale));
    return { expectedPods: scale, desiredHealthy };
  }
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 };
  const expectedPods = typeof minAvailable === 'number' ? matched : scale;
  return { expectedPods, desiredHealthy: toCount(minAvailable, scale) };
}

function toCount(amount: number | string, of: number): number {
  if (typeof amount === 'number') return amount;
  return Math.ceil((Number.parseInt(amount, 10) * of) / 100);
}

/** The sizes of everything that controls one of the pods, each counted once; a pod that nothing controls adds none. */
function sumScales(api: ClusterApi, pods: readonly Pod[]): number {
  const owners = new Set(
    pods.flatMap(({ metadata }) => metadata.ownerReferences ?? []).map(({ uid }) => uid),
  );
  const sets = api.replicasets.list().filter(({ metadata }) => owners.has(metadata.uid));
  const scales = new Map(
    sets.map((set) => {
      const owner =
        api.deployments.list().find(({ metadata }) => isControlledBy(set.metadata, metadata.uid)) ??
        set;
      return [owner.metadata.uid, toReplicas(owner)];
    }),
  );
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

function toAllowed(
  { status }: PodDisruptionBudget,
  { allowed, observedGeneration }: { allowed: boolean; observedGeneration: number },
) {
  const observed = {
    type: 'DisruptionAllowed',
    status: allowed ? 'True' : 'False',
    reason: allowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
  const { lastTransitionTime = toTimestamp() } = toCondition(status.conditions, observed);
  return { ...observed, observedGeneration, lastTransitionTime };
}
