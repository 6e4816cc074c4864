import { findLateDepartures } from './late-departures.ts';
import type { PodChange } from './measurement.ts';

/** What became of one pod while it was looked at. */
export type PodCourse = {
  readonly pod: string;
  /** The last that it was on, as far as that is known. */
  readonly node?: string;
  /** In all; that of a pod which is gone counts until then. At most, where it began or ended while pods were not observed. */
  readonly notReadyMs: number;
  /** What is known of that; absent where it was seen from beginning to end. */
  readonly notReadyAtLeastMs?: number;
  /** Each time from when it was not ready, or created, until it was ready; at most, as above. */
  readonly readyAfterMs: readonly number[];
  /** What is known of each; absent where all were seen. */
  readonly readyAfterAtLeastMs?: readonly number[];
  /** In all, while the pod existed; absent when it was never seen to be taken out of rotation. At most, as above. */
  readonly outOfRotationMs?: number;
  readonly outOfRotationAtLeastMs?: number;
  readonly restarts: number;
  /** Why it was not ready, in the cluster's words, each once. */
  readonly reasons: readonly string[];
  readonly replacedBy?: string;
};

type Known = { readonly name: string; readonly node: string };

/**
 * The courses of the pods that something happened to, in that order, from changes that are in order. What lasts counts up to `until`; pods were seen up to
 * `seenUntil`, ms since the epoch.
 */
export function toPodCourses(
  changes: readonly PodChange[],
  known: readonly Known[],
  until: number,
  seenUntil = until,
): readonly PodCourse[] {
  const nodes = new Map(known.map(({ name, node }) => [name, node]));
  const replacements = new Map(
    changes.flatMap(({ pod, replaces }) => (replaces === undefined ? [] : [[replaces, pod]])),
  );
  return Array.from(
    Map.groupBy(changes, ({ pod }) => pod),
    ([pod, own]) => toCourse(pod, own, { node: nodes.get(pod), until, seenUntil, replacements }),
  );
}

type Context = {
  readonly node: string | undefined;
  readonly until: number;
  readonly seenUntil: number;
  readonly replacements: ReadonlyMap<string, string>;
};

function toCourse(
  pod: string,
  changes: readonly PodChange[],
  { node: first, replacements, ...seen }: Context,
): PodCourse {
  const node = changes.findLast((change) => change.node !== undefined)?.node ?? first;
  const unready = findSpans(changes, ['not-ready', 'created'], ['ready', 'deleted']);
  const late = findLateDepartures(changes);
  const own = changes.filter((change) => !late.has(change));
  const outOf = findSpans(own, ['out-of-rotation'], ['in-rotation', 'deleted']);
  const measure = (spans: readonly Span[]) => spans.map((span) => toLength(span, seen));
  const notReady = addUp(measure(unready));
  const returns = measure(unready.filter(({ to }) => to?.kind === 'ready'));
  const rotation = addUp(measure(outOf));
  const why = changes.filter(({ kind }) => ['not-ready', 'reason', 'restarted'].includes(kind));
  const replacedBy = replacements.get(pod);
  return {
    pod,
    ...(node === undefined || node === '' ? {} : { node }),
    notReadyMs: notReady.most,
    ...(isKnown(notReady) ? {} : { notReadyAtLeastMs: notReady.least }),
    readyAfterMs: returns.map(({ most }) => most),
    ...(returns.every(isKnown) ? {} : { readyAfterAtLeastMs: returns.map(({ least }) => least) }),
    ...(outOf.length + late.size === 0 ? {} : { outOfRotationMs: rotation.most }),
    ...(isKnown(rotation) ? {} : { outOfRotationAtLeastMs: rotation.least }),
    restarts: changes.filter(({ kind }) => kind === 'restarted').length,
    reasons: [...new Set(why.map(({ detail, kind }) => detail || kind))],
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}

type Kinds = readonly PodChange['kind'][];
type Span = { readonly from: PodChange; to?: PodChange };

/** How long something lasted, ms. */
type Length = { readonly least: number; readonly most: number };

/** What began or ended while pods were not observed did so at some time since then, and so may have ended what lasts when they are seen no more. */
function toLength(
  { from, to }: Span,
  { until, seenUntil }: Pick<Context, 'until' | 'seenUntil'>,
): Length {
  const endedAt = to?.at ?? Math.max(from.at, until);
  const lastedUntil = to ? (to.unseenSince ?? endedAt) : Math.min(endedAt, seenUntil);
  return {
    least: Math.max(0, lastedUntil - from.at),
    most: endedAt - (from.unseenSince ?? from.at),
  };
}

const addUp = (lengths: readonly Length[]): Length => ({
  least: lengths.reduce((sum, { least }) => sum + least, 0),
  most: lengths.reduce((sum, { most }) => sum + most, 0),
});
const isKnown = ({ least, most }: Length) => least === most;

function findSpans(changes: readonly PodChange[], begin: Kinds, end: Kinds): readonly Span[] {
  const spans: Span[] = [];
  for (const change of changes) {
    const last = spans.at(-1);
    const open = last && !last.to ? last : undefined;
    if (open && end.includes(change.kind)) open.to = change;
    else if (!open && begin.includes(change.kind)) spans.push({ from: change });
  }
  return spans;
}
