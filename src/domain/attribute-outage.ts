import type { Disturbance } from './disturbances.ts';
import type { NodeDisturbance } from './node-disturbances.ts';
import type { Outage } from './loss-episodes.ts';
import type { DatedOutage } from './outage-span.ts';
import { findEnd, type SecondMeasurement } from './measurement.ts';
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
export type Attributed<Span extends Outage> = Omit<Span, 'lossy'> & {
  readonly causes: readonly Cause[];
  readonly lostBy: LossesByWay;
};
export type AttributedOutage = Attributed<DatedOutage>;

/** What was seen of the cluster. */
export type Seen = {
  readonly pods: readonly Disturbance[];
  readonly nodes: readonly NodeDisturbance[];
  readonly serving: ServingPods;
  /** When the service had been well for a while since a moment, ms since the epoch; infinite where it was not. */
  readonly findWellAgain: (at: number) => number;
};

/**
 * Attributes an outage to what was disturbed then, each second that lost some by itself: what was over before it, or came after it, explains nothing of it. A pod
 * that could not have served explains nothing either.
 */
export function attributeOutage<Span extends Outage>(span: Span, seen: Seen): Attributed<Span> {
  const { lossy, ...outage } = span;
  const began = lossy[0]?.at ?? span.from;
  const parts = lossy.map((second) => attributePart({ ...toPart(second), began }, seen));
  const causes = new Map<string, Cause>();
  for (const cause of parts.flatMap((part) => part.causes)) {
    const key = `${cause.kind} ${cause.name} ${cause.from}`;
    const known = causes.get(key);
    if (!known || bySureness(cause, known) < 0) causes.set(key, cause);
  }
  const lostBy = addLosses(parts);
  return { ...outage, causes: [...causes.values()].toSorted(bySureness), lostBy };
}

/** Adds up how the losses of outages, or of parts of one, are attributed. */
export function addLosses(parts: readonly Pick<AttributedOutage, 'lostBy'>[]): LossesByWay {
  return parts.reduce<LossesByWay>(
    (sum, { lostBy }) => ({
      answer: sum.answer + lostBy.answer,
      rotation: sum.rotation + lostBy.rotation,
      coincidence: sum.coincidence + lostBy.coincidence,
      unexplained: sum.unexplained + lostBy.unexplained,
    }),
    { answer: 0, rotation: 0, coincidence: 0, unexplained: 0 },
  );
}

/** What a second lost, from when its first loss was due, where that is known; and when the outage began that it is a part of. */
type Part = Pick<Outage, 'from' | 'until' | 'lost' | 'failedBy'> & { readonly began: number };

function toPart(second: SecondMeasurement): Omit<Part, 'began'> {
  const { at, sent, good, lostAt, failedBy } = second;
  const span = {
    from: (good > 0 ? lostAt?.first : undefined) ?? at,
    until: findEnd(second),
    lost: sent - good,
  };
  return { ...span, ...(failedBy ? { failedBy } : {}) };
}

function attributePart(part: Part, seen: Seen): Pick<AttributedOutage, 'causes' | 'lostBy'> {
  const named = new Map(part.failedBy?.map(({ pod, lost }) => [pod, lost]));
  const { serving } = seen;
  const wellAgainAt = seen.findWellAgain(part.until);
  const then = { part, serving, isServed: serving.couldAnyServe(part.from), wellAgainAt };
  const matches = [
    ...seen.pods.map((pod) => matchPod(pod, then)),
    ...seen.nodes.map((node) => matchNode(node, then)),
  ].filter((match) => match !== undefined);
  const answering = new Set(
    matches.flatMap(({ isSure, pods }) => (isSure ? pods.filter((pod) => named.has(pod)) : [])),
  );
  const lostBy = countByWay(part, named, { answering, matches });
  const causes = matches.flatMap(({ cause, pods, isSure, way }): readonly Cause[] => {
    if (isSure && pods.some((pod) => answering.has(pod))) return [{ ...cause, way: 'answer' }];
    // Where every failed answer names its pod, no other pod has a part in it.
    const isOpen = lostBy.rotation + lostBy.coincidence > 0;
    return way && isOpen ? [{ ...cause, way }] : [];
  });
  return { causes, lostBy };
}

const bySureness = (one: Cause, other: Cause) =>
  attributionWays.indexOf(one.way) - attributionWays.indexOf(other.way);

/** A pod that is ready again may still give failed answers for so long, which name it. */
const settledWithinMs = 10_000;
/** Proxies know of a pod that is out of rotation, or ready again, after no longer than this, mostly. Later, failures that name no pod are none of its. */
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
  { lost }: Part,
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

/** What a second lost, with who could serve then, and whether anybody could when that began. */
type Then = {
  readonly part: Part;
  readonly serving: ServingPods;
  readonly isServed: boolean;
  /** When the service had been well for a while after these failures. */
  readonly wellAgainAt: number;
};

function matchPod(disturbance: Disturbance, then: Then): Match | undefined {
  if (!isAround(disturbance, then)) return undefined;
  const { pod } = disturbance;
  return {
    cause: { kind: 'pod', name: pod, ...toCause(disturbance) },
    pods: [pod],
    isSure: true,
    way: findWay(pod, disturbance, then),
  };
}

/** A node explains what its pods explain; that it takes no new pods harms none of them. */
function matchNode(disturbance: NodeDisturbance, then: Then): Match | undefined {
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

type Onset = Pick<Disturbance, 'from' | 'until' | 'happenedAt' | 'notBefore' | 'isNoticedLate'>;

/**
 * A pod that was noticed only when the service had been well for a while had not failed before that. A node may have failed: its pods may be out of rotation.
 */
function isAround(onset: Onset, { part, wellAgainAt }: Then): boolean {
  const { from, until, happenedAt, notBefore, isNoticedLate } = onset;
  const earliest = isNoticedLate && from >= wellAgainAt ? from : (notBefore ?? from);
  const began = Math.min(from, happenedAt ?? from, earliest);
  const ended = until ?? Number.POSITIVE_INFINITY;
  return began < part.until && ended + settledWithinMs > part.from;
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
  const { from, until, happenedAt = from } = disturbance;
  // While no pod at all can serve, what took the last ones away is still the explanation.
  const since = isServed ? part.from : Math.min(part.from, from);
  // A pod that left rotation under an outage may have to do with all of it.
  const lately = Math.min(since, part.began) - settledWithinMs;
  if (serving.isUnreached(pod) || !serving.couldServe(pod, lately, part.until)) return undefined;
  if (serving.wasInRotation(pod, lately, part.until) === false) return undefined;
  const wasIn = serving.wasInRotation(pod, since - proxiesKnowWithinMs, part.until);
  const lasts = until === null || until + proxiesKnowWithinMs > part.from;
  // What was noticed only after these failures may have begun before them, or not.
  return wasIn && lasts && happenedAt < part.until ? 'rotation' : 'coincidence';
}
