/** A PodDisruptionBudget that covers pods of the service, as its cluster last counted. */
export type DisruptionBudget = {
  readonly name: string;
  /** How many more pods it can spare; none while its cluster has not counted since it was changed. */
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  /** The matched pods that it covers. */
  readonly pods: readonly { readonly name: string; readonly uid: string }[];
};

type Hit = {
  readonly hit: { readonly most: number };
  readonly budgets?: readonly DisruptionBudget[];
};

/**
 * The first budget that could be overspent, and what would let the fault pass; undefined when each can spare what might be hit of its pods. A fault is not
 * an eviction, so the cluster itself would not refuse it. Pods that are not ready count as well: the fault would keep them from coming back.
 */
export function findOverspent({
  hit,
  budgets = [],
}: Hit): { readonly rule: string; readonly suggestion: string } | undefined {
  const found = budgets.find((budget) => mostHit(budget, hit) > budget.disruptionsAllowed);
  if (!found) return undefined;
  const { name, disruptionsAllowed: allowed } = found;
  const most = mostHit(found, hit);
  return {
    rule: `the disruption budget ${name} allows ${allowed} ${allowed === 1 ? 'pod' : 'pods'} to be disrupted now, and ${most} may be hit`,
    suggestion: [...toFewer(allowed), toRelief(found, most)].join(' '),
  };
}

function mostHit({ pods }: DisruptionBudget, hit: Hit['hit']): number {
  return Math.min(hit.most, pods.length);
}

function toFewer(allowed: number): string[] {
  if (allowed === 0) return [];
  return [`Ask for ${allowed === 1 ? 'mode=one' : `mode=fixed value=${allowed}`}.`];
}

/** Waiting helps only where the pods that there should be are enough. */
function toRelief(
  { currentHealthy, desiredHealthy, expectedPods }: DisruptionBudget,
  most: number,
): string {
  const needed = desiredHealthy + most;
  return needed <= expectedPods
    ? `It would pass with ${needed} healthy pods; there are ${currentHealthy} of ${expectedPods}.`
    : `It must keep ${desiredHealthy} of ${expectedPods} pods: scale the service up, or let the budget spare more.`;
}
