import { findDisturbances, type Disturbance } from './disturbances.ts';
import { listPodChanges } from './list-changes.ts';
import { isRotation, type PodChange } from './measurement.ts';
import type { Run } from './run.ts';

/** The same fault as it was asked for, as Azure tells it, and as the cluster showed it. Times in ms since the epoch. */
export type FaultWindows = {
  readonly asked: { readonly at: number; readonly durationMs: number };
  /** By Azure's record; absent where it did not say. */
  readonly azure?: { readonly from: number; readonly until: number };
  /** From the first pod that was hit until the last of them was ready again; absent when none was seen to be hit. In older journals all pods count that failed meanwhile. */
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

/** Pods that failed meanwhile and were not hit are the doing of something else, or follow from it. */
function findSeen(run: Run, evidence: PodChange): FaultWindows['seen'] {
  const disturbances = listDisturbances(run, evidence);
  const { hit = disturbances } = run.injection ?? {};
  const pods = new Set([evidence.pod, ...hit.map(({ pod }) => pod)]);
  const until = findEnd(
    disturbances.filter(({ pod }) => pods.has(pod)),
    evidence,
  );
  return { evidence, from: evidence.at, until, pods: pods.size };
}

/** Returns when the last pod that failed under the fault, hit or not, was ready again; null where that was not seen, undefined where no fault was. */
export function findAllReadyAt(run: Run): number | null | undefined {
  const { faultSeen } = run;
  return faultSeen && findEnd(listDisturbances(run, faultSeen), faultSeen);
}

/** Finds the span in which pods showed the fault. Changes after the fault was removed don't count. */
function listDisturbances(run: Run, evidence: PodChange): readonly Disturbance[] {
  const goneAt = Math.max(evidence.at, run.faultEndedAt ?? Infinity);
  const changes = listPodChanges(run).filter(
    (change) => change.at >= evidence.at && !isRotation(change),
  );
  return findDisturbances(changes).filter(({ from }) => from <= goneAt);
}

function findEnd(disturbances: readonly Disturbance[], evidence: PodChange): number | null {
  const ends = disturbances.map(({ until }) => until ?? Infinity);
  const until = Math.max(evidence.at, ...ends);
  return Number.isFinite(until) ? until : null;
}
