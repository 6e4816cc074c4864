import type { ScoringService } from '../../domain/catalogue.ts';
import type { Outcome, PredictionMeasurement } from '../../domain/measurement.ts';

/** Sends predictions on schedule and judges each answer. */
export interface PredictionProbe {
  /** Starts one session. Results arrive in batches, as soon as they are known, from a thread of its own. */
  start(service: ScoringService, options: ProbeOptions): ProbeSession;
  /** Sends one prediction and returns its result; never rejects. */
  probeOnce(service: ScoringService): Promise<PredictionMeasurement>;
}

export type ProbeOptions = {
  /** Receives every batch, the last one before `stop()` resolves. Must not throw. */
  readonly onResults: (batch: ResultBatch) => void;
  /** Decides the instants at which predictions are due; drawn at random when absent. */
  readonly seed?: number;
};

/** What became known since the batch before. A batch arrives every 250 ms at least, empty when nothing became known. */
export type ResultBatch = {
  /** In the order in which they became known. */
  readonly results: readonly PredictionResult[];
  /** Every prediction due before this time was delivered in this batch or an earlier one. Ms since the epoch; never decreases. */
  readonly knownUntil: number;
};

/** A due prediction about which nothing more will be learned. Times are ms since the epoch, with fractions, and never jump. */
export type PredictionResult = MeasuredPrediction | UnmeasuredPrediction | UnmeasuredSpan;

export type MeasuredPrediction = {
  readonly kind: 'measured';
  readonly dueAt: number;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  /** From `sentAt` to `endedAt`. */
  readonly latencyMs: number;
  /** Whether it used a connection that is kept open between predictions. */
  readonly kept: boolean;
  /** The HTTP status; absent when the answer was not complete. */
  readonly status?: number;
  /** The pod that answered, where the answer names it. */
  readonly pod?: string;
};

export type UnmeasuredPrediction = {
  readonly kind: 'unmeasured';
  readonly dueAt: number;
  /** When it became known that it would not be measured. */
  readonly knownAt: number;
  readonly reason: UnmeasuredReason;
};

/** Many unmeasured predictions in a row: `count` were due at or after `from` and before `until`. */
export type UnmeasuredSpan = {
  readonly kind: 'unmeasured-span';
  readonly from: number;
  readonly until: number;
  readonly count: number;
  readonly reason: UnmeasuredReason;
};

/** Why a due prediction says nothing about the service: the cause is on this machine. */
export type UnmeasuredReason =
  /** This machine could not send it within 250 ms of its due time, so it was not sent. */
  | 'sent-late'
  /** The process or its prober thread stood still while the prediction was due or in flight. */
  | 'paused'
  /** No port, file or memory was left for a connection. */
  | 'no-connection'
  /** No valid token was available. */
  | 'no-token'
  /** The bot was not running. Recorded by the reader of the stream, never by the prober. */
  | 'restart';

export interface ProbeSession {
  /**
   * From when on predictions are due, ms since the epoch: the moment the prober's thread was ready, at most one second after `start()`. Undefined
   * before that. Does not wait for a token: predictions due without one are unmeasured (`no-token`).
   */
  startedAt(): number | undefined;
  /** Sends no more; resolves when everything due has been delivered, after one time-out at most. Never rejects. */
  stop(): Promise<void>;
}
