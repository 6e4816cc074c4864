import type { ScoringService } from '../../domain/catalogue.ts';
import type { PredictionMeasurement, SecondMeasurement } from '../../domain/measurement.ts';
import type { Sample } from '../../domain/sample.ts';

/** Sends predictions on schedule and judges each answer. */
export interface PredictionProbe {
  /** Starts sending at the service's rate at once. `resumeFrom` merges what was counted before a restart. */
  start(service: ScoringService, options: ProbeOptions): ProbeSession;
  /** Sends one prediction; resolves to what came of it, never rejects. */
  probeOnce(service: ScoringService): Promise<PredictionMeasurement>;
}

export type ProbeOptions = {
  /** Latency bounds of the hypothesis: for each, good answers within it are counted. */
  readonly latencyLimitsMs: readonly number[];
  readonly resumeFrom?: ProbeState;
  /** Gets what came of each, when it is judged; must not throw or take time. */
  readonly onSample?: (sample: Omit<Sample, 'phase'>) => void;
};

export interface ProbeSession {
  /** Everything since the start (and what was resumed from). */
  total(): PredictionMeasurement;
  /** Predictions that ended within the last `windowMs`. */
  window(windowMs: number): { sent: number; good: number };
  /**
   * What came of the predictions that were due at or after `at`, which may lie at most 60 s back: lets the next phase begin
   * where the fault did, not where we noticed it.
   */
  since(at: number): ProbeState;
  /** Whole and partial seconds since the start of this session, oldest first. */
  seconds(): readonly SecondMeasurement[];
  /** When a prediction last ended, well or not; null when none did. */
  lastEndedAt(): number | null;
  state(): ProbeState;
  /** Sends no more, waits for those in flight (at most their time-out). */
  stop(): Promise<PredictionMeasurement>;
}

/** Counts and histograms in the prober's own encoding, to be merged after a restart. */
export type ProbeState = Omit<PredictionMeasurement, 'latency' | 'schedule'> & {
  readonly latencyHistogram: string;
  readonly scheduleHistogram?: string;
  readonly missed?: number;
};
