import type { V1Node } from '@kubernetes/client-node';
import type { Tracked } from './object-history.ts';

/** What is kept of a node. */
export type TrimmedNode = Tracked & {
  readonly ready: boolean;
  /** Cordoned: it takes no new pods. */
  readonly unschedulable: boolean;
  /** Another one after each boot. */
  readonly bootId: string;
  /** Why it is not ready, as Kubernetes says it: `NodeStatusUnknown`. */
  readonly reason?: string;
};

/** Trims a node at the edge: most of one is its images. */
export function trimNode({ metadata, spec, status }: V1Node): TrimmedNode {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  return {
    uid: metadata?.uid ?? '',
    name: metadata?.name ?? '',
    resourceVersion: Number(metadata?.resourceVersion),
    ready,
    unschedulable: spec?.unschedulable ?? false,
    bootId: status?.nodeInfo?.bootID ?? '',
    ...(ready || condition?.reason === undefined ? {} : { reason: condition.reason }),
  };
}
