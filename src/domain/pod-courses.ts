import { findLateDepartures } from './late-departures.ts';
import type { PodChange } from './measurement.ts';

/** What became of one pod while it was looked at. */
export type PodCourse = {
  readonly pod: string;
  /** The last that it was on, as far as that is known. */
  readonly node?: string;
  /** In all; that of a pod which is gone counts until then. */
  readonly notReadyMs: number;
  /** Each time from when it was not ready, or created, until it was ready. */
  readonly readyAfterMs: readonly number[];
  /** In all, while the pod existed; absent when it was never seen to be taken out of rotation. */
  readonly outOfRotationMs?: number;
  readonly restarts: number;
  /** Why it was not ready, in the cluster's words, each once. */
  readonly reasons: readonly string[];
  readonly replacedBy?: string;
};

type Known = { readonly name: string; readonly node: string };

/** The courses of the pods that something happened to, in that order, from changes that are in order; what lasts counts up to `until`. */
export function toPodCourses(
  changes: readonly PodChange[],
  known: readonly Known[],
  until: number,
): readonly PodCourse[] {
  const nodes = new Map(known.map(({ name, node }) => [name, node]));
  const replacements = new Map(
    changes.flatMap(({ pod, replaces }) => (replaces === undefined ? [] : [[replaces, pod]])),
  );
  return Array.from(
    Map.groupBy(changes, ({ pod }) => pod),
    ([pod, own]) => toCourse(pod, own, { node: nodes.get(pod), until, replacements }),
  );
}

type Context = {
  readonly node: string | undefined;
  readonly until: number;
  readonly replacements: ReadonlyMap<string, string>;
};

function toCourse(
  pod: string,
  changes: readonly PodChange[],
  { node: first, until, replacements }: Context,
): PodCourse {
  const node = changes.findLast((change) => change.node !== undefined)?.node ?? first;
  const unready = findSpans(changes, ['not-ready', 'created'], ['ready', 'deleted']);
  const late = findLateDepartures(changes);
  const own = changes.filter((change) => !late.has(change));
  const outOf = findSpans(own, ['out-of-rotation'], ['in-rotation', 'deleted']);
  const lengthOf = ({ from, to }: Span) => (to?.at ?? Math.max(from, until)) - from;
  const sum = (spans: readonly Span[]) => spans.reduce((all, span) => all + lengthOf(span), 0);
  const why = changes.filter(({ kind }) => ['not-ready', 'reason', 'restarted'].includes(kind));
  const replacedBy = replacements.get(pod);
  return {
    pod,
    ...(node === undefined || node === '' ? {} : { node }),
    notReadyMs: sum(unready),
    readyAfterMs: unready.filter(({ to }) => to?.kind === 'ready').map(lengthOf),
    ...(outOf.length + late.size === 0 ? {} : { outOfRotationMs: sum(outOf) }),
    restarts: changes.filter(({ kind }) => kind === 'restarted').length,
    reasons: [...new Set(why.map(({ detail, kind }) => detail || kind))],
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}

type Kinds = readonly PodChange['kind'][];
type Span = { readonly from: number; to?: PodChange };

function findSpans(changes: readonly PodChange[], begin: Kinds, end: Kinds): readonly Span[] {
  const spans: Span[] = [];
  for (const change of changes) {
    const last = spans.at(-1);
    const open = last && !last.to ? last : undefined;
    if (open && end.includes(change.kind)) open.to = change;
    else if (!open && begin.includes(change.kind)) spans.push({ from: change.at });
  }
  return spans;
}
