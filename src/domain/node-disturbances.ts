import type { NodeChange } from './measurement.ts';

/** A span in which a node was not what it should be, or a moment at which it was taken out of service. */
export type NodeDisturbance = {
  readonly node: string;
  readonly from: number;
  /** When it was ready again, or gone; null when neither was seen. */
  readonly until: number | null;
  /** What happened, in the cluster's words, in order. */
  readonly details: readonly string[];
};

/** The disturbances of nodes in these changes, which are in order, oldest first. */
export function findNodeDisturbances(changes: readonly NodeChange[]): readonly NodeDisturbance[] {
  const all: { -readonly [Key in keyof NodeDisturbance]: NodeDisturbance[Key] }[] = [];
  for (const { at, node, kind, detail } of changes) {
    if (kind === 'new' || kind === 'uncordoned') continue;
    const open = all.findLast((other) => other.node === node && other.until === null);
    if (open) {
      if (kind !== 'ready') open.details = [...open.details, detail];
      if (kind === 'ready' || kind === 'gone') open.until = at;
    } else if (kind !== 'ready') {
      all.push({ node, from: at, until: kind === 'not-ready' ? null : at, details: [detail] });
    }
  }
  return all;
}
