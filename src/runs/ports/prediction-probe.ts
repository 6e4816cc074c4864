import type { ScoringService } from '../../domain/catalogue.ts';
import type { PredictionMeasurement } from '../../domain/measurement.ts';
import type { ResultBatch } from '../../domain/prediction-result.ts';

/** Sends predictions on schedule and judges each answer. */
export interface PredictionProbe {
  /** Starts to send at the service's rate. Results arrive in batches, as soon as they are known, from a thread of its own. */
  start(service: ScoringService, options: ProbeOptions): ProbeSession;
  /** Sends one prediction and resolves to its result; never rejects. */
  probeOnce(service: ScoringService): Promise<PredictionMeasurement>;
}

export type ProbeOptions = {
  /** Must not throw or take time. An empty batch comes every 250 ms at least. */
  readonly onResults: (batch: ResultBatch) => void;
};

export interface ProbeSession {
  /** Sends no more; resolves when every due prediction has been delivered, after a time-out at most. */
  stop(): Promise<void>;
}
