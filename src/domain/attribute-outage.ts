import type { Outage } from './loss-episodes.ts';
import {
  attributionWays,
  matchNode,
  matchPod,
  toThen,
  type AttributionWay,
  type Cause,
  type Match,
  type Part,
  type Seen,
} from './match-disturbance.ts';
import { findEnd, type SecondMeasurement } from './measurement.ts';
import { findUnready } from './none-ready.ts';
import type { DatedOutage } from './outage-span.ts';

/** How many predictions failed, by the way in which they are attributed. */
export type LossesByWay = Readonly<Record<AttributionWay | 'unexplained', number>> & {
  /** While no pod was ready: nobody could have answered them, whichever pod was disturbed. Absent where none did. */
  readonly noPodReady?: number;
};

/** An outage with what it is attributed to, the surest first, and how many of its predictions by each way; they add up to what it lost. */
export type Attributed<Span extends Outage> = Omit<Span, 'lossy'> & {
  readonly causes: readonly Cause[];
  readonly lostBy: LossesByWay;
};
export type AttributedOutage = Attributed<DatedOutage>;

type AnyOutage = Outage & Partial<Pick<DatedOutage, 'exact'>>;

/**
 * Attributes an outage to what was disturbed then, each second that lost some by itself: what was over before it, or came after it, explains nothing of it. A pod
 * that could not have served explains nothing either.
 */
export function attributeOutage<Span extends AnyOutage>(span: Span, seen: Seen): Attributed<Span> {
  const { lossy, ...outage } = span;
  const parts = lossy.map((second) => attributePart(toPart(second, span, seen), seen));
  const causes = new Map<string, Cause>();
  for (const cause of parts.flatMap((part) => part.causes)) {
    const key = `${cause.kind} ${cause.name} ${cause.from}`;
    causes.set(key, joinCauses(cause, causes.get(key)));
  }
  const lostBy = addLosses(parts);
  return { ...outage, causes: [...causes.values()].toSorted(bySureness), lostBy };
}

/** One cause may explain parts of an outage in several ways. */
function joinCauses(cause: Cause, known: Cause = cause): Cause {
  const surest = bySureness(cause, known) < 0 ? cause : known;
  return cause.noPodReady || known.noPodReady ? { ...surest, noPodReady: true } : surest;
}

/** Adds up how the losses of outages, or of parts of one, are attributed. */
export function addLosses(parts: readonly Pick<AttributedOutage, 'lostBy'>[]): LossesByWay {
  return parts.reduce<LossesByWay>(
    (sum, { lostBy }) => ({
      answer: sum.answer + lostBy.answer,
      rotation: sum.rotation + lostBy.rotation,
      coincidence: sum.coincidence + lostBy.coincidence,
      unexplained: sum.unexplained + lostBy.unexplained,
      ...toNoPodReady((sum.noPodReady ?? 0) + (lostBy.noPodReady ?? 0)),
    }),
    { answer: 0, rotation: 0, coincidence: 0, unexplained: 0 },
  );
}

const toNoPodReady = (noPodReady: number) => (noPodReady > 0 ? { noPodReady } : {});

function toPart(second: SecondMeasurement, span: AnyOutage, { inFlightMs, serving }: Seen): Part {
  const { at, sent, good, lostAt, failedBy } = second;
  const { lossy, from, until, exact } = span;
  const isLast = second === lossy.at(-1);
  const isAgain = lostAt && second.goodAgainAt !== undefined && second.goodAgainAt > lostAt.last;
  const goodAgainAt = isAgain ? second.goodAgainAt : isLast && exact ? until : undefined;
  return {
    from: (good > 0 ? lostAt?.first : undefined) ?? at,
    until: goodAgainAt === undefined ? findEnd(second) : goodAgainAt + inFlightMs,
    lost: sent - good,
    ...(failedBy ? { failedBy } : {}),
    began: lossy[0]?.at ?? from,
    // Where only whole records are known, it may have been shorter by nearly the first and the last of them.
    outageMs: until - from - (exact ? 0 : toWidth(lossy.at(0)) + toWidth(lossy.at(-1))),
    ...findUnready(second, serving),
  };
}

const toWidth = (second: SecondMeasurement | undefined) =>
  second ? findEnd(second) - second.at : 0;

function attributePart(part: Part, seen: Seen): Pick<AttributedOutage, 'causes' | 'lostBy'> {
  const named = new Map(part.failedBy?.map(({ pod, lost }) => [pod, lost]));
  const then = toThen(part, seen);
  const matches = [
    ...seen.pods.map((pod) => matchPod(pod, then)),
    ...seen.nodes.map((node) => matchNode(node, then)),
  ].filter((match) => match !== undefined);
  const answering = new Set(
    matches.flatMap(({ isSure, pods }) => (isSure ? pods.filter((pod) => named.has(pod)) : [])),
  );
  const { lostBy, unnamed } = countByWay(part, named, { answering, matches });
  const causes = matches.flatMap(({ cause, pods, isSure, way }): readonly Cause[] => {
    if (isSure && pods.some((pod) => answering.has(pod))) return [{ ...cause, way: 'answer' }];
    // Where every failed answer names its pod, no other pod has a part in it.
    if (!way || unnamed === 0) return [];
    if (!part.isUnserved) return [{ ...cause, way }];
    return isSure && isDown(cause, part) ? [{ ...cause, way, noPodReady: true }] : [];
  });
  return { causes, lostBy };
}

/** Whether a pod was not ready when these losses were due, as far as was seen. */
function isDown({ from, until }: Pick<Cause, 'from' | 'until'>, part: Part): boolean {
  return from < part.until && (until ?? Number.POSITIVE_INFINITY) > part.from;
}

function bySureness(one: Cause, other: Cause): number {
  const rank = ({ way }: Cause) => attributionWays.indexOf(way);
  return rank(one) - rank(other) || Number(other.noPodReady ?? 0) - Number(one.noPodReady ?? 0);
}

function countByWay(
  { lost, isUnserved }: Part,
  named: ReadonlyMap<string, number>,
  { answering, matches }: { answering: ReadonlySet<string>; matches: readonly Match[] },
): { readonly lostBy: LossesByWay; readonly unnamed: number } {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  // Of the seconds in which a run begins or recovers only a part of what failed counts.
  const unnamed = Math.max(0, lost - sum([...named.values()]));
  const answered = sum([...named].map(([pod, count]) => (answering.has(pod) ? count : 0)));
  const answer = Math.min(lost - unnamed, answered);
  const best = attributionWays.find((way) => matches.some((match) => match.way === way));
  const isExplained = isUnserved || best !== undefined;
  const lostBy = {
    answer,
    rotation: best === 'rotation' && !isUnserved ? unnamed : 0,
    coincidence: best === 'coincidence' && !isUnserved ? unnamed : 0,
    unexplained: lost - answer - (isExplained ? unnamed : 0),
    ...toNoPodReady(isUnserved ? unnamed : 0),
  };
  return { lostBy, unnamed };
}
