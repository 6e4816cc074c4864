import type { NodeChange, PodChange } from './measurement.ts';

/** What happened to a pod or a node in the cluster's words, and whether it was found only later: `deleted (changed while not observed)`. */
export function describeChange({
  kind,
  detail,
  unseenSince,
}: Pick<PodChange | NodeChange, 'kind' | 'detail' | 'unseenSince'>): string {
  const what = detail || kind;
  return unseenSince === undefined ? what : `${what} (changed while not observed)`;
}
