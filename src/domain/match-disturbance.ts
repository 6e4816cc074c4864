import type { Disturbance } from './disturbances.ts';
import type { PodLosses } from './measurement.ts';
import type { NodeDisturbance } from './node-disturbances.ts';
import type { Unready } from './none-ready.ts';
import type { ServingPods } from './serving-pods.ts';

/**
 * How failed predictions are attributed to a disturbance, the surest way first: the disturbed pod gave the failed answers; it was in rotation when predictions
 * failed; or both happened at the same time, which may be a coincidence.
 */
export const attributionWays = ['answer', 'rotation', 'coincidence'] as const;
export type AttributionWay = (typeof attributionWays)[number];

/** A disturbance that an outage is attributed to. Times are ms since the epoch. */
export type Cause = {
  readonly way: AttributionWay;
  /** It was one of those that were not ready while no pod was. Then `way` is of what was lost at other times, if anything was. */
  readonly noPodReady?: true;
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

/** What was seen of the cluster. */
export type Seen = {
  readonly pods: readonly Disturbance[];
  readonly nodes: readonly NodeDisturbance[];
  readonly serving: ServingPods;
  /** When the service had been well for a while since a moment, ms since the epoch; infinite where it was not. */
  readonly findWellAgain: (at: number) => number;
  /** For how long predictions are in flight, at most, as long as nothing fails: a pod that goes takes those with it that were due before. */
  readonly inFlightMs: number;
};

/** A pod that is ready again may still give failed answers for so long, which name it. */
const settledWithinMs = 10_000;
/** Proxies know of a pod that is out of rotation, or ready again, after no longer than this, mostly. Later, failures that name no pod are none of its. */
const proxiesKnowWithinMs = 3_000;

/** A pod that was not ready for a moment explains no outage that is longer than this. */
const flickerExplainsMs = 1_000;

/** What a second of an outage lost. Times are ms since the epoch. */
export type Part = Unready & {
  /** When its first loss was due, where that is known. */
  readonly from: number;
  /** What happened from here on came after its losses. */
  readonly until: number;
  readonly lost: number;
  readonly failedBy?: readonly PodLosses[];
  /** When the outage began that it is a part of, and how long that lasted at least, ms. */
  readonly began: number;
  readonly outageMs: number;
};

/** A disturbance at the time of an outage. */
export type Match = {
  readonly cause: Omit<Cause, 'way'>;
  /** The pods that it concerns. */
  readonly pods: readonly string[];
  /** Whether a failed answer of one of them is explained by it. */
  readonly isSure: boolean;
  /** How failures are attributed to it that name no pod; undefined where they can't be. */
  readonly way: AttributionWay | undefined;
};

/** What a second lost, with what was known of the service then. */
export type Then = Pick<Seen, 'serving' | 'findWellAgain'> & {
  readonly part: Part;
  /** Whether any pod could serve when its losses began. */
  readonly isServed: boolean;
  /** When the service had been well for a while after them. */
  readonly wellAgainAt: number;
};

/** Returns what a second lost, with what was known of the service then. */
export function toThen(part: Part, { serving, findWellAgain }: Seen): Then {
  const isServed = serving.couldAnyServe(part.from);
  return { part, serving, findWellAgain, isServed, wellAgainAt: findWellAgain(part.until) };
}

/** Returns how the disturbance of a pod may have to do with what a second lost; undefined where it was at another time. */
export function matchPod(disturbance: Disturbance, then: Then): Match | undefined {
  if (!isAround(disturbance, then)) return undefined;
  const { pod } = disturbance;
  return {
    cause: { kind: 'pod', name: pod, ...toCause(disturbance) },
    pods: [pod],
    isSure: true,
    way: findWay(pod, disturbance, then),
  };
}

/** Returns the same of a node: it explains what its pods explain; that it takes no new pods harms none of them. */
export function matchNode(disturbance: NodeDisturbance, then: Then): Match | undefined {
  if (!isAround(disturbance, then)) return undefined;
  const { node, kind } = disturbance;
  const pods = then.serving.listOnNode(node);
  const ways = pods.map((pod) => findWay(pod, disturbance, then));
  const isSure = kind !== 'cordoned';
  const possible = isSure ? attributionWays : (['coincidence'] as const);
  const best = possible.find((way) => ways.includes(way));
  const isUnplaced = pods.length === 0 && !isOver(disturbance, then.part);
  const isPossible = isUnplaced || ways.some((way) => way !== undefined);
  return {
    cause: { kind: 'node', name: node, ...toCause(disturbance) },
    pods,
    isSure,
    way: best ?? (isPossible ? 'coincidence' : undefined),
  };
}

/** What an outage is attributed to of a disturbance. */
function toCause({
  from,
  until,
  details,
  outOfRotationMs,
  replacedBy,
}: Omit<Disturbance, 'pod'>): Omit<Cause, 'way' | 'kind' | 'name'> {
  return {
    from,
    until,
    details,
    ...(outOfRotationMs === undefined ? {} : { outOfRotationMs }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}

type Onset = Pick<
  Disturbance,
  'from' | 'until' | 'happenedAt' | 'notBefore' | 'isNoticedLate' | 'isFlicker'
>;

/**
 * A pod that was noticed only when the service had been well for a while had not failed before that. A node may have failed: its pods may be out of rotation.
 * Nor does one that is ready again, after which the service was well, fail later on for what had happened to it before.
 */
function isAround(onset: Onset, { part, wellAgainAt, findWellAgain }: Then): boolean {
  const { from, until, happenedAt, notBefore, isNoticedLate } = onset;
  const earliest = isNoticedLate && from >= wellAgainAt ? from : (notBefore ?? from);
  const began = Math.min(from, happenedAt ?? from, earliest);
  const ended = until ?? Number.POSITIVE_INFINITY;
  if (began >= part.until || ended + settledWithinMs <= part.from) return false;
  // A restart alone does not tell when the pod served again.
  return until === null || until === from || findWellAgain(until) > part.from;
}

/** Whether every proxy knew that a disturbance was over when these failures began. A restart alone is seen for a moment, and not when the pod served again. */
function isOver({ from, until }: Onset, part: Part): boolean {
  const knownWithinMs = until === from ? settledWithinMs : proxiesKnowWithinMs;
  return until !== null && until + knownWithinMs <= part.from;
}

/** How failures that name no pod are attributed to the disturbance of a pod; undefined where it can't have caused them. */
function findWay(
  pod: string,
  disturbance: Onset,
  { part, serving, isServed }: Then,
): AttributionWay | undefined {
  if (isOver(disturbance, part)) return undefined;
  // A probe that failed for a moment shows what was wrong, and is not why.
  if (disturbance.isFlicker && part.outageMs > flickerExplainsMs) return undefined;
  const { from, until, happenedAt = from } = disturbance;
  // While no pod at all can serve, what took the last ones away is still the explanation.
  const since = isServed ? part.from : Math.min(part.from, from);
  // A pod that left rotation under an outage may have to do with all of it.
  const lately = Math.min(since, part.began) - settledWithinMs;
  if (serving.isUnreached(pod) || !serving.couldServe(pod, lately, part.until)) return undefined;
  if (serving.wasInRotation(pod, lately, part.until) === false) return undefined;
  const wasIn = serving.wasInRotation(pod, since - proxiesKnowWithinMs, part.until);
  const lasts = until === null || until + proxiesKnowWithinMs > part.from;
  // What was noticed only after these failures may have begun before them, or not. Nothing is in rotation while no pod is ready.
  return !part.isNoneReady && wasIn && lasts && happenedAt < part.until
    ? 'rotation'
    : 'coincidence';
}
