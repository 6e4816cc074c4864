import type { Disturbance } from './disturbances.ts';
import type { NodeDisturbance } from './node-disturbances.ts';
import type { Outage } from './loss-episodes.ts';
import type { ServingPods } from './serving-pods.ts';

/**
 * How failed predictions are attributed to a disturbance, the surest way first: the disturbed pod gave the failed answers; it was in rotation when predictions
 * failed; or both happened at the same time, which may be a coincidence.
 */
export const attributionWays = ['answer', 'rotation', 'coincidence'] as const;
export type AttributionWay = (typeof attributionWays)[number];

/** How many predictions failed, by the way in which they are attributed. */
export type LossesByWay = Readonly<Record<AttributionWay | 'unexplained', number>>;

/** A disturbance that an outage is attributed to. Times are ms since the epoch. */
export type Cause = {
  readonly way: AttributionWay;
  readonly kind: 'pod' | 'node';
  readonly name: string;
  readonly from: number;
  /** When it was ready again; null when that was not seen. */
  readonly until: number | null;
  /** What happened, in the cluster's words, in order. */
  readonly details: readonly string[];
  readonly outOfRotationMs?: number;
  readonly replacedBy?: string;
};

/** An outage with what it is attributed to, the surest first, and how many of its predictions by each way; they add up to what it lost. */
export type AttributedOutage = Outage & {
  readonly causes: readonly Cause[];
  readonly lostBy: LossesByWay;
};

/** What was seen of the cluster. */
export type Seen = {
  readonly pods: readonly Disturbance[];
  readonly nodes: readonly NodeDisturbance[];
  readonly serving: ServingPods;
};

/** Attributes an outage to what was disturbed then. A pod that could not have served, and what happened after the outage, explain nothing. */
export function attributeOutage(outage: Outage, seen: Seen): AttributedOutage {
  const named = new Map(outage.failedBy?.map(({ pod, lost }) => [pod, lost]));
  const { serving } = seen;
  const then = { outage, serving, isServed: serving.couldAnyServe(outage.from) };
  const matches = [
    ...seen.pods.map((pod) => matchPod(pod, then)),
    ...seen.nodes.map((node) => matchNode(node, then)),
  ].filter((match) => match !== undefined);
  const answering = new Set(
    matches.flatMap(({ isSure, pods }) => (isSure ? pods.filter((pod) => named.has(pod)) : [])),
  );
  const lostBy = countByWay(outage, named, { answering, matches });
  const causes = matches.flatMap(({ cause, pods, isSure, way }): readonly Cause[] => {
    if (isSure && pods.some((pod) => answering.has(pod))) return [{ ...cause, way: 'answer' }];
    // Where every failed answer names its pod, no other pod has a part in it.
    const isOpen = lostBy.rotation + lostBy.coincidence > 0;
    return way && isOpen ? [{ ...cause, way }] : [];
  });
  return { ...outage, causes: causes.toSorted(bySureness), lostBy };
}

const bySureness = (one: Cause, other: Cause) =>
  attributionWays.indexOf(one.way) - attributionWays.indexOf(other.way);

/** A disturbance explains failures for so long after its end: predictions avoid a pod that is ready again until every proxy knows. */
const settledWithinMs = 10_000;
/** A proxy sends traffic to a pod that is out of rotation for no longer than this, mostly. */
const proxiesKnowWithinMs = 3_000;

/** A disturbance at the time of an outage. */
type Match = {
  readonly cause: Omit<Cause, 'way'>;
  /** The pods that it concerns. */
  readonly pods: readonly string[];
  /** Whether a failed answer of one of them is explained by it. */
  readonly isSure: boolean;
  /** How failures are attributed to it that name no pod; undefined where they can't be. */
  readonly way: AttributionWay | undefined;
};

function countByWay(
  { lost }: Outage,
  named: ReadonlyMap<string, number>,
  { answering, matches }: { answering: ReadonlySet<string>; matches: readonly Match[] },
): LossesByWay {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  // Of the seconds in which a run begins or recovers only a part of what failed counts.
  const unnamed = Math.max(0, lost - sum([...named.values()]));
  const answered = sum([...named].map(([pod, count]) => (answering.has(pod) ? count : 0)));
  const answer = Math.min(lost - unnamed, answered);
  const best = attributionWays.find((way) => matches.some((match) => match.way === way));
  return {
    answer,
    rotation: best === 'rotation' ? unnamed : 0,
    coincidence: best === 'coincidence' ? unnamed : 0,
    unexplained: lost - answer - (best ? unnamed : 0),
  };
}

/** An outage, with who could serve then, and whether anybody could when it began. */
type Then = {
  readonly outage: Outage;
  readonly serving: ServingPods;
  readonly isServed: boolean;
};

function matchPod(disturbance: Disturbance, then: Then): Match | undefined {
  if (!isAround(disturbance, then.outage)) return undefined;
  const { pod, happenedAt: _happenedAt, notBefore: _notBefore, ...seen } = disturbance;
  return {
    cause: { kind: 'pod', name: pod, ...seen },
    pods: [pod],
    isSure: true,
    way: findWay(pod, disturbance, then),
  };
}

/** A node explains what its pods explain; that it takes no new pods harms none of them. */
function matchNode(disturbance: NodeDisturbance, then: Then): Match | undefined {
  if (!isAround(disturbance, then.outage)) return undefined;
  const { node, kind, notBefore: _notBefore, ...seen } = disturbance;
  const pods = then.serving.listOnNode(node);
  const ways = pods.map((pod) => findWay(pod, disturbance, then));
  const isSure = kind !== 'cordoned';
  const possible = isSure ? attributionWays : (['coincidence'] as const);
  const best = possible.find((way) => ways.includes(way));
  const isPossible = pods.length === 0 || ways.some((way) => way !== undefined);
  return {
    cause: { kind: 'node', name: node, ...seen },
    pods,
    isSure,
    way: best ?? (isPossible ? 'coincidence' : undefined),
  };
}

type Onset = Pick<Disturbance, 'from' | 'until' | 'happenedAt' | 'notBefore'>;

function isAround({ from, until, happenedAt, notBefore }: Onset, outage: Outage): boolean {
  const began = Math.min(from, happenedAt ?? from, notBefore ?? from);
  const ended = until ?? Number.POSITIVE_INFINITY;
  return began < outage.until && ended + settledWithinMs > outage.from;
}

/** How failures that name no pod are attributed to the disturbance of a pod; undefined where it can't have caused them. */
function findWay(
  pod: string,
  { from, happenedAt = from }: Onset,
  { outage, serving, isServed }: Then,
): AttributionWay | undefined {
  // While no pod at all can serve, what took the last ones away is still the explanation.
  const since = isServed ? outage.from : Math.min(outage.from, from);
  const lately = since - settledWithinMs;
  if (serving.isUnreached(pod) || !serving.couldServe(pod, lately, outage.until)) return undefined;
  if (serving.wasInRotation(pod, lately, outage.until) === false) return undefined;
  const wasIn = serving.wasInRotation(pod, since - proxiesKnowWithinMs, outage.until);
  // What was noticed only after the outage may have begun before it ended, or not.
  return wasIn && happenedAt < outage.until ? 'rotation' : 'coincidence';
}
