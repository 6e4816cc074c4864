import { unmeasuredReasons, type UnmeasuredReason } from './measurement.ts';
import type { Outcome } from './prediction-result.ts';
import type { Phase } from './run.ts';

/** One due prediction of a run, measured or not. */
export type Sample = {
  /** When it was to be sent, ms since the epoch. */
  readonly dueAt: number;
  /** How long after that it was sent; 0 in files from before it was kept. */
  readonly lateMs: number;
  /** From then until its answer was judged, or it was given up; 0 when it was not measured. */
  readonly latencyMs: number;
  /** Why it was not measured, where it was not. */
  readonly outcome: Outcome | UnmeasuredReason;
  /** The HTTP status; absent when there was no whole answer. */
  readonly status?: number;
  /** The pod that answered, where it named itself. */
  readonly pod?: string;
  /** Whether it went over a connection that is kept. */
  readonly kept: boolean;
  /** The phase in which it was due. */
  readonly phase: Phase;
};

/** When a prediction was judged, ms since the epoch. */
export function findJudgedAt({ dueAt, lateMs, latencyMs }: Sample): number {
  return dueAt + lateMs + latencyMs;
}

/** Whether it says anything about the service. */
export function isMeasured(sample: Sample): sample is Sample & { readonly outcome: Outcome } {
  return !(unmeasuredReasons as readonly string[]).includes(sample.outcome);
}

/** How many single predictions of a run are kept. */
export type Sampled = { readonly kept: number };
