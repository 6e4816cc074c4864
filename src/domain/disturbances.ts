import { describeChange } from './describe-change.ts';
import { findLateDepartures } from './late-departures.ts';
import { isRotation, type PodChange } from './measurement.ts';

/** A span in which a pod was not what it should be, as the cluster showed it. */
export type Disturbance = {
  readonly pod: string;
  /** When it was seen. */
  readonly from: number;
  /** When it happened, where the cluster dates it before that. */
  readonly happenedAt?: number;
  /** The earliest time at which it can have happened, where that is noticed late and not dated. */
  readonly notBefore?: number;
  /** Nothing says when it happened: `notBefore` is by how long such things take to be noticed. */
  readonly isNoticedLate?: true;
  /** A probe failed for a moment, and nothing else happened: no container ended, and nobody ended the pod. */
  readonly isFlicker?: true;
  /** When it, or a pod made in its place, was ready again; null when that was not seen. */
  readonly until: number | null;
  /** What happened, in the cluster's words, in order. */
  readonly details: readonly string[];
  /** How long after `from` the last service stopped sending it traffic; absent when that was not seen. */
  readonly outOfRotationMs?: number;
  /** The pod that was made in its place. */
  readonly replacedBy?: string;
};

/** A readiness probe is asked once a second at most: a pod that stood still is not ready for longer. */
const flickerMs = 1_000;
/** A kubelet looks at its containers, and probes them, every few seconds. */
const noticedWithinMs = 10_000;

type Onset = Pick<Disturbance, 'happenedAt' | 'notBefore' | 'isNoticedLate'>;
type Open = {
  -readonly [Key in keyof Omit<Disturbance, 'outOfRotationMs'>]: Disturbance[Key];
} & {
  /** A restart alone need not be seen as not ready; then nothing will say that it is ready again. */
  lasting: boolean;
  /** Something other happened to it than that a probe failed. */
  ended?: boolean;
  outOfRotationAt?: number;
  /** How traffic was taken from it, as long as nothing else happened to it. */
  rotationOnly?: string;
  backInRotation?: boolean;
};

/** The disturbances of pods in these changes, which are in order, oldest first. */
export function findDisturbances(changes: readonly PodChange[]): readonly Disturbance[] {
  const all: Open[] = [];
  const created = new Map<string, Open | undefined>();
  const doomed = new Set(changes.filter(isDeletion).map(({ pod }) => pod));
  const late = findLateDepartures(changes);
  for (const change of changes) {
    const { pod, kind, replaces } = change;
    if (kind === 'created') created.set(pod, noteReplacement(all, pod, replaces));
    else if (late.has(change)) noteLateDeparture(all, change);
    else if (isRotation(change)) noteRotation(all, change);
    else if (kind === 'reason' || kind === 'image') noteReason(all, change);
    else if (kind === 'ready') {
      const own = all.find((other) => isOpen(other) && other.pod === pod);
      // A new pod takes the place that it was made for, or else of the one that has been going for longest; that may still be terminating.
      const replaced =
        created.get(pod) ?? all.find((other) => isOpen(other) && doomed.has(other.pod));
      const ended = own ?? (created.has(pod) ? replaced : undefined);
      if (ended) ended.until ??= change.at;
    } else if (kind !== 'placed') note(all, change);
  }
  return all.map(toDisturbance);
}

const isDeletion = ({ kind }: PodChange) => kind === 'deleted';
const isOpen = ({ until }: Open) => until === null;

function note(all: Open[], change: PodChange): void {
  const { at, pod, kind } = change;
  const last = all.findLast((other) => other.pod === pod);
  // That a pod is gone at last, after another has taken its place, is no new disturbance.
  const goes = last !== undefined && (last.until === null || kind === 'deleted');
  const open: Open = goes ? last : { pod, from: at, until: null, details: [], lasting: false };
  if (!goes) all.push(open);
  if (isOpen(open)) Object.assign(open, findEarlier(open, toOnset(change)));
  open.details = [...open.details, describeChange(change)];
  open.lasting ||= kind !== 'restarted';
  open.ended ||= !isProbeFailure(change);
  delete open.rotationOnly;
}

function isProbeFailure({ kind, endedAt, terminating, unseenSince }: PodChange): boolean {
  return kind === 'not-ready' && !terminating && endedAt === undefined && unseenSince === undefined;
}

/** When a change happened, or can have happened at the earliest, where that is before it was seen. */
function toOnset({ at, kind, endedAt, terminating, unseenSince }: PodChange): Onset {
  if (unseenSince !== undefined) return { notBefore: unseenSince };
  // The clock of a node may be wrong.
  if (endedAt !== undefined) return { happenedAt: Math.max(endedAt, at - noticedWithinMs) };
  const isNoticedLate = kind === 'restarted' || (kind === 'not-ready' && !terminating);
  return isNoticedLate ? { notBefore: at - noticedWithinMs, isNoticedLate } : {};
}

/** Of what is known of an onset, and what another change says, that which lies before it was seen, and earlier. */
function findEarlier(known: Open, told: Onset): Onset {
  const { from } = known;
  const happenedAt = Math.min(known.happenedAt ?? from, told.happenedAt ?? from);
  const notBefore = Math.min(known.notBefore ?? from, told.notBefore ?? from);
  // What else is known of it bounds it by what was seen.
  const isNoticedLate =
    told.isNoticedLate && (known.notBefore === undefined || known.isNoticedLate === true);
  return {
    ...(happenedAt < from ? { happenedAt } : {}),
    ...(notBefore < from ? { notBefore } : {}),
    ...(isNoticedLate ? { isNoticedLate } : {}),
  };
}

/** Why a pod is not ready says more of a disturbance; that of one which was never ready is none. */
function noteReason(all: readonly Open[], { pod, detail }: PodChange): void {
  const open = all.findLast((other) => other.pod === pod && isOpen(other));
  if (open) open.details = [...open.details, detail];
}

function noteReplacement(
  all: readonly Open[],
  pod: string,
  replaces: string | undefined,
): Open | undefined {
  const replaced = all.findLast((other) => other.pod === replaces);
  if (replaced) replaced.replacedBy = pod;
  return replaced;
}

/** Several services may take a pod out, one after the other; once one has it back, it is no longer about the same. */
function noteRotation(all: Open[], change: PodChange): void {
  const { at, pod, kind, unseenSince } = change;
  const last = all.findLast((other) => other.pod === pod);
  if (kind === 'in-rotation') {
    if (!last) return;
    last.backInRotation = true;
    if (last.rotationOnly !== undefined) last.until ??= at;
  } else if (!last || !isOpen(last)) {
    const open = { pod, from: at, until: null, details: [], lasting: true };
    const onset = unseenSince === undefined ? {} : { notBefore: unseenSince };
    all.push({ ...open, ...onset, outOfRotationAt: at, rotationOnly: describeChange(change) });
  } else if (!last.backInRotation) last.outOfRotationAt = at;
}

/** The endpoint of a pod that is gone: it says how long traffic was sent to it, and disturbs nothing anew. */
function noteLateDeparture(all: readonly Open[], { at, pod }: PodChange): void {
  const last = all.findLast((other) => other.pod === pod);
  if (last && !last.backInRotation) last.outOfRotationAt = at;
}

/** What nobody saw begin, after a time without sight, may have lasted for longer; and no probe took traffic from a pod that stayed ready. */
function isFlicker({ from, until, ended, rotationOnly, notBefore, isNoticedLate }: Open): boolean {
  if (ended || rotationOnly !== undefined || until === null) return false;
  const isSeen = notBefore === undefined || isNoticedLate === true;
  return isSeen && until - from < flickerMs;
}

function toDisturbance(open: Open): Disturbance {
  const {
    lasting,
    ended: _e,
    outOfRotationAt,
    rotationOnly,
    backInRotation: _b,
    ...disturbance
  } = open;
  return {
    ...disturbance,
    ...(isFlicker(open) ? { isFlicker: true } : {}),
    until: disturbance.until ?? (lasting ? null : disturbance.from),
    ...(rotationOnly === undefined ? {} : { details: [rotationOnly] }),
    ...(outOfRotationAt === undefined || rotationOnly !== undefined
      ? {}
      : { outOfRotationMs: outOfRotationAt - disturbance.from }),
  };
}
