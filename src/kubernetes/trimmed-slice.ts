import type { V1EndpointSlice } from '@kubernetes/client-node';
import type { Tracked } from './object-history.ts';

/** What is kept of an EndpointSlice: of which service it is, and which pods in it get traffic. */
export type TrimmedSlice = Tracked & {
  readonly service: string;
  /** By the uid of the pod. */
  readonly endpoints: ReadonlyMap<string, TrimmedEndpoint>;
};

export type TrimmedEndpoint = {
  readonly pod: string;
  readonly ready: boolean;
  readonly terminating: boolean;
};

/** Trims a slice at the edge: addresses, ports and endpoints that are no pods are of no interest here. */
export function trimSlice({ metadata, endpoints }: V1EndpointSlice): TrimmedSlice {
  const pods = new Map<string, TrimmedEndpoint>();
  for (const { targetRef, conditions } of endpoints ?? []) {
    if (targetRef?.kind !== 'Pod' || targetRef.uid === undefined) continue;
    // As the API says: what is not known is to be taken for ready.
    const ready = conditions?.ready ?? true;
    const terminating = conditions?.terminating ?? false;
    pods.set(targetRef.uid, { pod: targetRef.name ?? '', ready, terminating });
  }
  const name = metadata?.name ?? '';
  return {
    uid: metadata?.uid ?? '',
    name,
    resourceVersion: Number(metadata?.resourceVersion),
    service: metadata?.labels?.['kubernetes.io/service-name'] ?? name,
    endpoints: pods,
  };
}
