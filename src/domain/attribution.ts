import { toStake } from './at-stake.ts';
import { findDisturbances, type Disturbance } from './disturbances.ts';
import { joinSeconds } from './join-seconds.ts';
import type { NodeChange, PodChange, SecondMeasurement } from './measurement.ts';
import { findNodeDisturbances, type NodeDisturbance } from './node-disturbances.ts';
import { findOutages, toOutageScoring, type Outage } from './outages.ts';
import { countLost } from './prediction-stream.ts';
import type { Run } from './run.ts';

/** An outage with the disturbed pods and nodes beside it; with none, nothing that the cluster showed explains it. */
export type AttributedOutage = Outage & {
  readonly beside: readonly Disturbance[];
  readonly nodes: readonly NodeDisturbance[];
};

/** Predictions are lost before the cluster shows why: a kubelet looks at its containers every few seconds. */
const noticedWithinMs = 10_000;
/** Kubernetes waits 50 s for the heartbeat of a node before it says that it is not ready (40 s before 1.32). */
const nodeNoticedWithinMs = 50_000;
/** Predictions still go to a pod that is not ready, or avoid one that is ready again, until every proxy knows. */
const settledWithinMs = 10_000;

/**
 * The outages of a run since the start of its fault was asked for, each beside the pods that were disturbed then. That two things happened together is all that is said: no
 * more can be told from outside.
 */
export function attributeOutages(run: Run): readonly AttributedOutage[] {
  return attribute(run, listSeconds(run));
}

/** The same without what was beside them, which takes long in a run of hours. */
export function listOutages(run: Run): readonly Outage[] {
  return findOutages(listSeconds(run), toOutageScoring(run));
}

function listSeconds(run: Run): readonly SecondMeasurement[] {
  const from = run.startRequestedAt ?? Number.POSITIVE_INFINITY;
  return joinSeconds(toPhases(run)).filter(({ at }) => at >= from);
}

/** The same of the losses that the run is charged with, which end with its recovery. */
export function attributeLosses(run: Run): readonly AttributedOutage[] {
  const stake = toStake(run);
  return stake ? attribute(run, stake.seconds) : attributeOutages(run);
}

function attribute(run: Run, seconds: readonly SecondMeasurement[]): readonly AttributedOutage[] {
  const disturbances = findDisturbances(listPodChanges(run));
  const nodes = findNodeDisturbances(listNodeChanges(run));
  return findOutages(seconds, toOutageScoring(run)).map((outage) => ({
    ...outage,
    beside: disturbances.filter((span) => isBeside(span, outage, noticedWithinMs)),
    nodes: nodes.filter((span) => isBeside(span, outage, findDelay(span))),
  }));
}

type Span = { readonly from: number; readonly until: number | null };

/** That a node is cordoned, reboots or goes is known at once; only that it is silent is not. */
function findDelay({ from, until }: Span): number {
  return from === until ? noticedWithinMs : nodeNoticedWithinMs;
}

function isBeside({ from, until }: Span, outage: Outage, withinMs: number): boolean {
  const end = until ?? Number.POSITIVE_INFINITY;
  return from < outage.until + withinMs && end + settledWithinMs > outage.from;
}

/** Every change of a pod since the baseline that the journal has, each once, oldest first. */
export function listPodChanges(run: Run): readonly PodChange[] {
  const all = toPhases(run).flatMap(({ pods }) => pods.changes);
  const once = new Map(all.map((change) => [`${change.at} ${change.pod} ${change.kind}`, change]));
  return [...once.values()].toSorted((left, right) => left.at - right.at);
}

/** Every change of a node since the baseline that the journal has, each once, oldest first. */
export function listNodeChanges(run: Run): readonly NodeChange[] {
  const all = toPhases(run).flatMap(({ nodes }) => nodes ?? []);
  const once = new Map(all.map((change) => [`${change.at} ${change.node} ${change.kind}`, change]));
  return [...once.values()].toSorted((left, right) => left.at - right.at);
}

function toPhases({ observed, recovered }: Run) {
  return [observed, recovered].flatMap((phase) => (phase ? [phase.measurement] : []));
}

/** How many of the losses that the run is charged with were lost in outages, explained or not, and how many outside: they add up to its cost. */
export function countLosses(run: Run): {
  readonly beside: number;
  readonly unexplained: number;
  readonly background: number;
} {
  const { beside, unexplained } = countAttributed(attributeLosses(run));
  const stake = toStake(run);
  const lost = stake ? countLost(stake.parts) : beside + unexplained;
  return { beside, unexplained, background: Math.max(0, lost - beside - unexplained) };
}

/** How many predictions were lost in outages beside which a pod or a node was disturbed, and in others. */
export function countAttributed(outages: readonly AttributedOutage[]): {
  readonly beside: number;
  readonly unexplained: number;
} {
  const lost = (some: readonly Outage[]) => some.reduce((sum, outage) => sum + outage.lost, 0);
  return {
    beside: lost(outages.filter(isExplained)),
    unexplained: lost(outages.filter((outage) => !isExplained(outage))),
  };
}

/** Whether the cluster showed anything beside it. */
export function isExplained({ beside, nodes }: AttributedOutage): boolean {
  return beside.length > 0 || nodes.length > 0;
}
