import {
  countReady,
  type PodChange,
  type PodsView,
  type PredictionMeasurement,
  type SecondMeasurement,
} from './measurement.ts';
import type { MetricReading } from './metric.ts';
import type { Phase } from './run.ts';
import type { UnreadExecution } from './unread-execution.ts';

/** What is seen at this moment of a run, for the live card. */
export type Progress = {
  readonly at: number;
  readonly phase: Phase;
  /** When the phase ends if all goes well; absent when that is not known. */
  readonly endsAt?: number;
  readonly predictions: PredictionMeasurement;
  /** The last seconds, for the trend: all phases so far, oldest first. */
  readonly seconds: readonly SecondMeasurement[];
  readonly pods: PodsView;
  readonly changes: readonly PodChange[];
  /** The newest availability window of each floor guard that was measured wholly. */
  readonly windows: readonly {
    readonly windowMs: number;
    readonly sent: number;
    readonly good: number;
  }[];
  /** What the last reading of each metric of the service gave; absent when it has none. */
  readonly metrics?: readonly { readonly name: string; readonly reading: MetricReading }[];
  /** What the bot waits for, in plain words: `Chaos Studio is preparing the fault`. */
  readonly note?: string;
  /** Why it is not known how the execution stands; absent while it is. */
  readonly unread?: UnreadExecution;
};

/** Whether more than the clock and good predictions went on: a pod, a failure, a phase. */
export function isOtherSight(before: Progress | undefined, now: Progress): boolean {
  if (!before || before.phase !== now.phase || before.note !== now.note) return true;
  if (before.unread?.reason !== now.unread?.reason) return true;
  const failed = ({ predictions: { sent, good } }: Progress) => sent - good;
  return (
    before.changes.length !== now.changes.length ||
    failed(before) !== failed(now) ||
    countReady(before.pods.pods) !== countReady(now.pods.pods)
  );
}
