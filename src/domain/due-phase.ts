import type { Run } from './run.ts';

/** Where a due time lies in a run: in a phase of the report, or between two of them. */
export type DuePhase =
  | 'before'
  /** Until the start was asked for, while the proposal is compared with the cluster. */
  | 'checking'
  /** Until the fault began. */
  | 'preparing'
  | 'fault'
  /** Until the measurement after the fault began. */
  | 'waiting'
  | 'after'
  | 'later';

type Boundary = readonly [from: number | undefined, phase: DuePhase];

/**
 * Returns a function that finds the phase of a due time, ms since the epoch, by the boundaries that the run was judged with. They are known when phases are
 * over only: where pods were hit before anybody knew, the fault began earlier than it was found.
 */
export function createDuePhase(run: Run): (dueAt: number) => DuePhase {
  const { baseline, observed, recovered } = run;
  const boundaries: readonly Boundary[] = [
    [baseline?.measurement.endedAt, 'checking'],
    [run.startRequestedAt, 'preparing'],
    [observed?.measurement.startedAt ?? run.faultActiveAt, 'fault'],
    [observed?.measurement.endedAt ?? run.faultEndedAt, 'waiting'],
    [recovered?.measurement.startedAt, 'after'],
    [recovered?.measurement.endedAt, 'later'],
  ];
  // Due times are kept in whole milliseconds.
  const known = boundaries.filter(([from]) => from !== undefined);
  return (dueAt) =>
    known.findLast(([from = Infinity]) => Math.floor(from) <= dueAt)?.[1] ?? 'before';
}
