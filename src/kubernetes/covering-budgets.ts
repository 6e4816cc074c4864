import type { V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DisruptionBudget } from '../domain/disruption-budget.ts';
import { matchesSelector } from './label-selector.ts';

/** The budgets that cover any of the pods, ordered by name, each with the pods that it covers. */
export function toCoveringBudgets(
  budgets: readonly V1PodDisruptionBudget[],
  pods: readonly V1Pod[],
): DisruptionBudget[] {
  return budgets
    .map((budget) => toDisruptionBudget(budget, pods))
    .filter((budget) => budget.pods.length > 0)
    .toSorted((left, right) => left.name.localeCompare(right.name));
}

function toDisruptionBudget(
  { metadata, spec, status }: V1PodDisruptionBudget,
  pods: readonly V1Pod[],
): DisruptionBudget {
  const covered = pods.filter((pod) => matchesSelector(spec?.selector, pod.metadata?.labels ?? {}));
  // What was counted before the budget was changed says nothing: Kubernetes refuses evictions until it has counted again.
  const counted = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  return {
    name: metadata?.name ?? '',
    disruptionsAllowed: counted ? (status?.disruptionsAllowed ?? 0) : 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    expectedPods: status?.expectedPods ?? 0,
    pods: covered.map((pod) => ({
      name: pod.metadata?.name ?? '',
      uid: pod.metadata?.uid ?? '',
    })),
  };
}
