import { findDisturbances } from './disturbances.ts';
import { listPodChanges } from './list-changes.ts';
import { isRotation, type PodChange } from './measurement.ts';
import type { Run } from './run.ts';

/** The same fault as it was asked for, as Azure tells it, and as the cluster showed it. Times in ms since the epoch. */
export type FaultWindows = {
  readonly asked: { readonly at: number; readonly durationMs: number };
  /** By Azure's record; absent where it did not say. */
  readonly azure?: { readonly from: number; readonly until: number };
  /** From the first pod that failed after the start was asked for until the last of them was ready again; absent when none was seen to fail. */
  readonly seen?: {
    readonly evidence: PodChange;
    readonly from: number;
    /** Null when one of them was not seen ready again. */
    readonly until: number | null;
    readonly pods: number;
  };
};

/** Asked and actual, side by side; undefined when no start was asked for. */
export function toFaultWindows(run: Run): FaultWindows | undefined {
  const { startRequestedAt, execution, proposal, faultSeen } = run;
  if (startRequestedAt === undefined) return undefined;
  const { startedAt, stoppedAt } = execution ?? {};
  const seen = faultSeen && findSeen(run, faultSeen);
  return {
    asked: { at: startRequestedAt, durationMs: proposal.fault.durationMs },
    ...(startedAt === undefined || stoppedAt === undefined
      ? {}
      : { azure: { from: startedAt, until: stoppedAt } }),
    ...(seen ? { seen } : {}),
  };
}

/** What befell pods after the fault was confirmed gone is not its doing. */
function findSeen(run: Run, evidence: PodChange): FaultWindows['seen'] {
  const goneAt = run.faultEndedAt ?? Number.POSITIVE_INFINITY;
  const changes = listPodChanges(run).filter(
    (change) => change.at >= evidence.at && !isRotation(change),
  );
  const disturbances = findDisturbances(changes).filter(({ from }) => from <= goneAt);
  const ends = disturbances.map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  const until = Math.max(evidence.at, ...ends);
  return {
    evidence,
    from: evidence.at,
    until: Number.isFinite(until) ? until : null,
    pods: new Set([evidence.pod, ...disturbances.map(({ pod }) => pod)]).size,
  };
}
