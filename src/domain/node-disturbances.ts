import { describeChange } from './describe-change.ts';
import type { NodeChange } from './measurement.ts';

/** A span in which a node was not what it should be, or a moment at which it was taken out of service. */
export type NodeDisturbance = {
  readonly node: string;
  /** With what it began. */
  readonly kind: NodeChange['kind'];
  readonly from: number;
  /** When it was ready again, or gone; null when neither was seen. */
  readonly until: number | null;
  /** What happened, in the cluster's words, in order. */
  readonly details: readonly string[];
  /** The earliest time at which it can have begun, where that is noticed late. */
  readonly notBefore?: number;
};

/** Kubernetes waits 50 s for the heartbeat of a node before it says that it is not ready (40 s before 1.32). A reboot is known when the node is back. */
const noticedWithinMs = 50_000;
const noticedLate: readonly NodeChange['kind'][] = ['not-ready', 'rebooted'];

/** The disturbances of nodes in these changes, which are in order, oldest first. */
export function findNodeDisturbances(changes: readonly NodeChange[]): readonly NodeDisturbance[] {
  const all: { -readonly [Key in keyof NodeDisturbance]: NodeDisturbance[Key] }[] = [];
  for (const change of changes) {
    const { at, node, kind } = change;
    const detail = describeChange(change);
    if (kind === 'new' || kind === 'uncordoned') continue;
    const open = all.findLast((other) => other.node === node && other.until === null);
    if (open) {
      if (kind !== 'ready') open.details = [...open.details, detail];
      if (kind === 'ready' || kind === 'gone') open.until = at;
    } else if (kind !== 'ready') {
      const notBefore =
        (change.unseenSince ?? at) - (noticedLate.includes(kind) ? noticedWithinMs : 0);
      const onset = notBefore < at ? { notBefore } : {};
      const until = kind === 'not-ready' ? null : at;
      all.push({ node, kind, from: at, until, details: [detail], ...onset });
    }
  }
  return all;
}
