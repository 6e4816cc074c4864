import { findDisturbances, type Disturbance } from './disturbances.ts';
import { joinSeconds } from './join-seconds.ts';
import type { PodChange } from './measurement.ts';
import { findOutages, type Outage } from './outages.ts';
import type { Run } from './run.ts';

/** An outage with the disturbed pods beside it; with none, nothing that the cluster showed explains it. */
export type AttributedOutage = Outage & { readonly beside: readonly Disturbance[] };

/** Predictions are lost before the cluster shows why: a kubelet looks at its containers every few seconds. */
const noticedWithinMs = 10_000;
/** Predictions still go to a pod that is not ready, or avoid one that is ready again, until every proxy knows. */
const settledWithinMs = 10_000;

/**
 * The outages of a run since the start of its fault was asked for, each beside the pods that were disturbed then. That two things happened together is all that is said: no
 * more can be told from outside.
 */
export function attributeOutages(run: Run): readonly AttributedOutage[] {
  const from = run.startRequestedAt ?? Number.POSITIVE_INFINITY;
  const seconds = joinSeconds(toPhases(run)).filter(({ at }) => at >= from);
  const disturbances = findDisturbances(listPodChanges(run));
  return findOutages(seconds).map((outage) => ({
    ...outage,
    beside: disturbances.filter((disturbance) => isBeside(disturbance, outage)),
  }));
}

function isBeside({ from, until }: Disturbance, outage: Outage): boolean {
  const end = until ?? Number.POSITIVE_INFINITY;
  return from < outage.until + noticedWithinMs && end + settledWithinMs > outage.from;
}

/** Every change of a pod since the baseline that the journal has, each once, oldest first. */
export function listPodChanges(run: Run): readonly PodChange[] {
  const all = toPhases(run).flatMap(({ pods }) => pods.changes);
  const once = new Map(all.map((change) => [`${change.at} ${change.pod} ${change.kind}`, change]));
  return [...once.values()].toSorted((left, right) => left.at - right.at);
}

function toPhases({ observed, recovered }: Run) {
  return [observed, recovered].flatMap((phase) => (phase ? [phase.measurement] : []));
}

/** How many predictions were lost in outages beside which a pod was disturbed, and in others. */
export function countAttributed(outages: readonly AttributedOutage[]): {
  readonly beside: number;
  readonly unexplained: number;
} {
  const lost = (some: readonly Outage[]) => some.reduce((sum, outage) => sum + outage.lost, 0);
  return {
    beside: lost(outages.filter(({ beside }) => beside.length > 0)),
    unexplained: lost(outages.filter(({ beside }) => beside.length === 0)),
  };
}
