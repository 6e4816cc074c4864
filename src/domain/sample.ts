import type { FailureKind } from './measurement.ts';
import type { Phase } from './run.ts';

/** What came of one prediction of a run, as it was measured. */
export type Sample = {
  /** When it was to be sent, ms since the epoch. */
  readonly dueAt: number;
  /** From then until its answer was judged, or it was given up. */
  readonly latencyMs: number;
  readonly outcome: 'good' | FailureKind;
  /** The HTTP status; absent when there was no whole answer. */
  readonly status?: number;
  /** The pod that answered, where it named itself. */
  readonly pod?: string;
  /** Whether it went over a connection that is kept. */
  readonly kept: boolean;
  /** The phase in which it was sent. */
  readonly phase: Phase;
};

/** When a prediction was judged, ms since the epoch. */
export function findJudgedAt({ dueAt, latencyMs }: Sample): number {
  return dueAt + latencyMs;
}
