import type { PodFault } from '../../domain/fault.ts';
import type { HitPod } from '../../domain/injection.ts';
import type { PodChange } from '../../domain/measurement.ts';

/** Where to look for a fault. Times are ms since the epoch. */
export type Look = {
  readonly fault: Pick<PodFault, 'action' | 'containerNames' | 'durationMs'>;
  /** Every change of a pod that was seen, oldest first. */
  readonly changes: readonly PodChange[];
  /** The fault cannot have begun before this, or after `until`. */
  readonly from: number;
  readonly until: number;
  readonly now: number;
};

/** A pod that looks as the fault makes it look, with the first change that shows it. */
export type SignedHit = HitPod & { readonly evidence: PodChange };

/** So large a part of its time a pod has to be down, where no image shows that pod-failure hit it. */
const leastShare = 0.5;

/**
 * Finds the pods to which happened what the fault does, oldest first: pod-kill deletes a pod, and another is made in its place; container-kill restarts containers in place;
 * pod-failure swaps images in place. What else happens to pods is no evidence of the fault.
 */
export function findSignatures(look: Look): readonly SignedHit[] {
  const byPod = Map.groupBy(look.changes, ({ uid, pod }) => uid ?? pod);
  const hits = Array.from(byPod.values(), (own) => findHit(own, look));
  return hits.flatMap((hit) => hit ?? []).toSorted((one, other) => one.from - other.from);
}

function findHit(own: readonly PodChange[], look: Look): SignedHit | undefined {
  switch (look.fault.action) {
    case 'pod-kill':
      return findKilled(own, look);
    case 'container-kill':
      return findRestarted(own, look);
    case 'pod-failure':
      return findSwapped(own, look) ?? findDown(own, look);
  }
}

const isIn = ({ at }: Pick<PodChange, 'at'>, { from, until }: Look) => at >= from && at <= until;

function findKilled(own: readonly PodChange[], look: Look): SignedHit | undefined {
  const deleted = own.find(({ kind }) => kind === 'deleted');
  if (!deleted || own.some(({ disruption }) => disruption !== undefined)) return undefined;
  const evidence =
    own.find(({ terminating, kind }) => terminating || kind === 'deleted') ?? deleted;
  const isReplaced = look.changes.some(
    ({ kind, replaces, at }) => kind === 'created' && replaces === deleted.pod && at >= evidence.at,
  );
  return isReplaced && isIn(evidence, look) ? toHit(evidence, null) : undefined;
}

/** How far the clock of a node may differ from ours; it tells whole seconds. */
const nodeSkewMs = 5_000;

/** A pod that restarted before the fault may have done so again by itself. The hit dates from the end of the container: it restarts seconds or minutes later. */
function findRestarted(own: readonly PodChange[], look: Look): SignedHit | undefined {
  const isNamed = ({ containers: seen }: PodChange) => {
    const { containerNames = [] } = look.fault;
    return (
      !seen || containerNames.length === 0 || seen.some((name) => containerNames.includes(name))
    );
  };
  const evidence = own.find((change) => change.kind === 'restarted' && isNamed(change));
  if (!evidence || own.some(({ kind }) => kind === 'image')) return undefined;
  const from = findContainerEnd(evidence, own, look);
  return from === undefined ? undefined : { ...toHit(evidence, null), from };
}

/** When a container that restarted had ended; undefined where that was not under the fault. Where its node's clock says otherwise, that its pod went down was seen. */
function findContainerEnd(
  { at, endedAt }: PodChange,
  own: readonly PodChange[],
  look: Look,
): number | undefined {
  if (at < look.from) return undefined;
  if (endedAt === undefined) return isIn({ at }, look) ? at : undefined;
  const range = { ...look, from: look.from - nodeSkewMs, until: look.until + nodeSkewMs };
  if (isIn({ at: endedAt }, range)) return Math.min(at, Math.max(endedAt, look.from));
  const isDown = (change: PodChange) => change.kind === 'not-ready' && change.at <= at;
  return own.findLast((change) => isDown(change) && isIn(change, look))?.at;
}

function findSwapped(own: readonly PodChange[], look: Look): SignedHit | undefined {
  const isSwap = (change: PodChange) =>
    change.kind === 'image' && change.restored !== true && isIn(change, look);
  const evidence = own.find(isSwap);
  if (!evidence) return undefined;
  const end = own.find(
    ({ kind, restored, at }) =>
      at >= evidence.at && ((kind === 'image' && restored) || kind === 'deleted'),
  );
  return toHit(evidence, end?.at ?? null);
}

/** Not ready in place for about as long as the fault lasts. */
function findDown(own: readonly PodChange[], look: Look): SignedHit | undefined {
  const evidence = own.find(
    (change) => isIn(change, look) && change.kind === 'not-ready' && change.terminating !== true,
  );
  if (!evidence || own.some(({ kind }) => kind === 'deleted')) return undefined;
  if (own.some(({ kind, terminating }) => kind === 'image' || terminating)) return undefined;
  const end = own.find(({ kind, at }) => kind === 'ready' && at > evidence.at);
  const downMs = (end?.at ?? look.now) - evidence.at;
  return downMs >= leastShare * look.fault.durationMs
    ? toHit(evidence, end?.at ?? null)
    : undefined;
}

function toHit(evidence: PodChange, until: number | null): SignedHit {
  return { pod: evidence.pod, from: evidence.at, until, evidence };
}
