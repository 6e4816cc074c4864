import type { ObjectStore } from './object-store.ts';
import type { Pod, PodDisruptionBudget } from './resources.ts';
import { matchesLabels, toRequirements } from './selectors/label-selector.ts';
import { ApiError, internalError } from './status.ts';

/**
 * Takes what the eviction of the pod costs from its disruption budget. Throws TooManyRequests (429) when the budget allows none now, and InternalError
 * (500) for a pod with several budgets, which Kubernetes does not support either.
 */
export function spendDisruption(
  store: ObjectStore,
  pod: Pod,
  { dryRun }: { dryRun: boolean },
): void {
  if (hasEnded(pod)) return;
  const [budget, ...others] = store
    .list('poddisruptionbudgets', pod.metadata.namespace)
    .filter((one) => covers(one, pod));
  if (!budget) return;
  if (others.length > 0) {
    const why =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw internalError(why);
  }
  if (isSpared(budget, pod)) return;
  requireDisruption(budget);
  if (dryRun) return;
  store.update('poddisruptionbudgets', budget.metadata, ({ status }) => {
    if (status) status.disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1;
  });
}

function hasEnded({ metadata, status }: Pod): boolean {
  const phase = status?.phase ?? 'Pending';
  return phase !== 'Running' || metadata.deletionTimestamp !== undefined;
}

function covers({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean {
  return (
    spec?.selector !== undefined && matchesLabels(toRequirements(spec.selector), metadata.labels)
  );
}

// A pod that is not ready is no loss while enough others are healthy, or whenever its budget says so.
function isSpared({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  if (ready) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

function requireDisruption({ metadata, status }: PodDisruptionBudget): void {
  const { name, generation = 1 } = metadata;
  if ((status?.observedGeneration ?? 0) < generation) {
    const why = `The disruption budget ${name} is still being processed by the server.`;
    throw refused(why, { retryAfterSeconds: 10 });
  }
  const { disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  if (disruptionsAllowed > 0) return;
  throw refused(
    `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
  );
}

function refused(why: string, details: { retryAfterSeconds?: number } = {}): ApiError {
  const causes = [{ reason: 'DisruptionBudget', message: why, field: '' }];
  return new ApiError({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { ...details, causes },
  });
}
