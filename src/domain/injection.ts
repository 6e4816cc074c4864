import type { PodChange } from './measurement.ts';

/** How it is known which pods a fault hit: Chaos Mesh's own records name them, or what happened to them is what the fault does. */
export type EvidenceSource = 'chaos-mesh' | 'signature';

/** What shows that a fault was injected. `source` is absent in journals from before evidence had to fit the fault. */
export type FaultEvidence = PodChange & { readonly source?: EvidenceSource };

/** A pod that the fault hit. Times are ms since the epoch. */
export type HitPod = {
  readonly pod: string;
  readonly from: number;
  /** When the fault was taken from it; null while that is not seen, and for faults that leave nothing to take away. */
  readonly until: number | null;
  /** It was hit then or later, at `from` at the latest, while pods were not observed; absent where they were. */
  readonly notBefore?: number;
  /** The same of `until`. */
  readonly goneNotBefore?: number;
};

/** Returns for how long each pod carried the fault that was seen to be rid of it, ms; the most, where either was not seen. */
export function listCarriedMs(hit: readonly HitPod[] = []): readonly number[] {
  return hit.flatMap(({ from, until, notBefore = from }) =>
    until === null ? [] : [until - notBefore],
  );
}

/** How an injected fault differs from the approved one. */
export type Mismatch =
  | { readonly code: 'more-pods' | 'fewer-pods'; readonly hit: number; readonly approved: number }
  | { readonly code: 'other-pods' | 'not-replaced'; readonly pods: readonly string[] }
  | {
      readonly code: 'too-short' | 'too-long';
      readonly lastedMs: number;
      readonly askedMs: number;
      /** It lasted so long at most. */
      readonly isMost?: true;
    };

/** What a fault did to pods, compared with what was approved. */
export type Injection = {
  readonly source: EvidenceSource;
  readonly hit: readonly HitPod[];
  /** Pods that failed meanwhile and were not hit by the fault. */
  readonly others: readonly string[];
  /** Empty when the fault was as approved. */
  readonly mismatches: readonly Mismatch[];
};

/** A pod that still carries the fault, and what its containers run. */
export type CarryingPod = { readonly pod: string; readonly images: readonly string[] };

/** A fault as Chaos Mesh records it: an object of its own for each injection. */
export type FaultRecord = {
  readonly uid: string;
  readonly name: string;
  /** By the cluster's clock, as all its times. */
  readonly createdAt: number;
  /** By when it was read first, by ours; absent in checkpoints from before it was kept. */
  readonly readAt?: number;
  readonly action: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pods: readonly RecordedPod[];
};

export type RecordedPod = {
  readonly namespace: string;
  readonly pod: string;
  /** When the fault was injected, 0 where the record does not tell; null while it is not. */
  readonly injectedAt: number | null;
  /** When it was first read that it was, by our clock; absent in checkpoints from before it was kept. */
  readonly readAt?: number;
  readonly recoveredAt: number | null;
};
