import type { V1Node } from '@kubernetes/client-node';
import type { NodeState } from '../domain/surroundings.ts';
import type { Tracked } from './object-history.ts';

/** What is kept of a node. */
export type TrimmedNode = Tracked & NodeState;

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
