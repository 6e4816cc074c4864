import type { PodChange } from './measurement.ts';

/**
 * Returns those of these changes, oldest first, that take traffic from a pod which was deleted before: an endpoint leaves some time after its pod, and begins no
 * span of its own then. Pods are told apart by uid where changes carry it, otherwise by name.
 */
export function findLateDepartures(changes: readonly PodChange[]): ReadonlySet<PodChange> {
  const late = new Set<PodChange>();
  const goneNames = new Set<string>();
  const goneUids = new Set<string>();
  for (const change of changes) {
    const { pod, kind, uid } = change;
    if (kind === 'created') goneNames.delete(pod);
    else if (kind === 'deleted') {
      goneNames.add(pod);
      if (uid !== undefined) goneUids.add(uid);
    } else if (kind === 'out-of-rotation') {
      const isGone = goneNames.has(pod) || (uid !== undefined && goneUids.has(uid));
      if (isGone) late.add(change);
    }
  }
  return late;
}
