import type { ScoringService } from '../../domain/catalogue.ts';
import type { Metric, MetricReading } from '../../domain/metric.ts';

/** What was read of a metric, and when it was asked for, ms since the epoch. */
export type MetricAnswer = {
  readonly name: string;
  readonly reading: MetricReading;
  readonly askedAt: number;
};

/** Reads numbers that tell of a service beside its predictions. */
export interface MetricProbe {
  /** Reads each metric of the service at once and then at its interval. */
  start(service: ScoringService, onAnswer: (answer: MetricAnswer) => void): MetricSession;
  /** Reads one of them once. */
  readOnce(service: ScoringService, metric: Metric): Promise<MetricReading>;
}

export interface MetricSession {
  /** What was asked for before this has been answered or given up; ms since the epoch, infinity while no answer is awaited. */
  knownUntil(): number;
  /** After this nothing is told any more. */
  stop(): void;
}
