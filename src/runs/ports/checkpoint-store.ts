import type { RunId } from '../../domain/ids.ts';
import type { NodeChange, PodChange, SecondMeasurement } from '../../domain/measurement.ts';
import type { MetricMeasurement } from '../../domain/metric.ts';
import type { Phase } from '../../domain/run.ts';
import type { ProbeState } from './prediction-probe.ts';

/** What was measured so far in a phase, kept so that a restart goes on where it was. Replaced, not appended. */
export interface CheckpointStore {
  save(runId: RunId, checkpoint: Checkpoint): Promise<void>;
  find(runId: RunId): Promise<Checkpoint | undefined>;
}

export type Checkpoint = {
  readonly phase: Phase;
  readonly startedAt: number;
  readonly probe: ProbeState;
  readonly podChanges: readonly PodChange[];
  readonly nodeChanges?: readonly NodeChange[];
  readonly leastReady: number;
  /** Absent when the service has none. */
  readonly metrics?: readonly MetricMeasurement[];
  /** The seconds of all phases so far. */
  readonly seconds: readonly SecondMeasurement[];
};
