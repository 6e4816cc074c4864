import type { ScoringService } from '../../domain/catalogue.ts';
import type { Metric, MetricMeasurement, MetricReading } from '../../domain/metric.ts';

/** Reads numbers that tell of a service beside its predictions. */
export interface MetricProbe {
  /** Reads each metric of the service at once and then at its interval. `resumeFrom` is what was read before a restart. */
  start(service: ScoringService, resumeFrom?: readonly MetricMeasurement[]): MetricSession;
  /** Reads one of them once. */
  readOnce(service: ScoringService, metric: Metric): Promise<MetricReading>;
}

export interface MetricSession {
  /** What was read of each metric since the start (and what was resumed from). */
  measurements(): readonly MetricMeasurement[];
  /** What came of the last reading that has ended. */
  latest(name: string): MetricReading | undefined;
  stop(): void;
}
