import type { ScoringService } from '../../domain/catalogue.ts';
import type { PredictionMeasurement } from '../../domain/measurement.ts';
import type { ResultBatch } from '../../domain/prediction-result.ts';

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
  /**
   * Called when the clock of the machine was set back, with how far it is behind that of predictions by now, ms. A clock that is set forward, or a machine
   * that was suspended, leaves a gap.
   */
  readonly onClockTurnedBack?: (behindMs: number) => void;
  /** How long due times wait for the thread to be ready, ms; one second when absent. */
  readonly startWithinMs?: number;
  /** The limits that latency is held to, ms: an answer that kept one or not, depending on a standstill of this machine, is not measured. */
  readonly latencyLimitsMs?: readonly number[];
  /** Decides the instants at which predictions are due; drawn at random when absent. */
  readonly seed?: number;
};

export interface ProbeSession {
  /**
   * From when on predictions are due, ms since the epoch: the moment the prober's thread was ready, at most `startWithinMs` after `start()`. Undefined
   * before that. Does not wait for a token: predictions due without one are unmeasured (`no-token`).
   */
  startedAt(): number | undefined;
  /** Sends no more; resolves when everything due has been delivered, after one time-out at most. Never rejects. */
  stop(): Promise<void>;
}
