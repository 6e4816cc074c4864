import type { FailureKind, UnmeasuredReason } from './measurement.ts';

export type Outcome = 'good' | FailureKind;

/** A prediction that was sent in time and either answered or given up. Times are ms since the epoch. */
export type MeasuredPrediction = {
  readonly kind: 'measured';
  readonly dueAt: number;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  /** From when it was sent until its answer was judged, or it was given up. */
  readonly latencyMs: number;
  /** Whether it went over a connection that is kept. */
  readonly kept: boolean;
  /** The HTTP status; absent when there was no whole answer. */
  readonly status?: number;
  /** The pod that answered, where it named itself. */
  readonly pod?: string;
};

/** A due prediction of which nothing is known but why. */
export type UnmeasuredPrediction = {
  readonly kind: 'unmeasured';
  readonly dueAt: number;
  readonly knownAt: number;
  readonly reason: UnmeasuredReason;
};

/** `count` predictions were due from `from` until `until` (excluded), and none was measured. */
export type UnmeasuredSpan = {
  readonly kind: 'unmeasured-span';
  readonly from: number;
  readonly until: number;
  readonly count: number;
  readonly reason: UnmeasuredReason;
};

/** A due prediction about which nothing more will be learned. */
export type PredictionResult = MeasuredPrediction | UnmeasuredPrediction | UnmeasuredSpan;

/** Results in the order in which they became known. */
export type ResultBatch = {
  readonly results: readonly PredictionResult[];
  /** Every prediction due before this has been delivered, in this batch or an earlier one; ms since the epoch. */
  readonly knownUntil: number;
};
