import { toTimestamp } from './object-store.ts';
import type { Pod } from './resources.ts';

const type = 'DisruptionTarget';

/** Writes into a pod's conditions who is about to end it, as Kubernetes does before it deletes a pod that did not end by itself. */
export function addDisruptionTarget(
  pod: Pick<Pod, 'status'>,
  why: { readonly reason: string; readonly message: string },
): void {
  const conditions = pod.status?.conditions ?? [];
  if (conditions.some((condition) => condition.type === type && condition.status === 'True'))
    return;
  const lastTransitionTime = toTimestamp(new Date());
  pod.status = {
    ...pod.status,
    conditions: [
      ...conditions.filter((condition) => condition.type !== type),
      { type, status: 'True', lastTransitionTime, ...why },
    ],
  };
}
