import type { PodFault } from '../../domain/fault.ts';
import type { HitPod } from '../../domain/injection.ts';
import type { PodChange } from '../../domain/measurement.ts';
import { sayingDelayMs } from './executor-clock.ts';

/** Where to look for a fault. Times are ms since the epoch. */
export type Look = {
  readonly fault: Pick<PodFault, 'action' | 'containerNames'>;
  /** How many pods the approved fault hits at least. */
  readonly least: number;
  /** Every change of a pod that was seen, oldest first. */
  readonly changes: readonly PodChange[];
  /** The fault cannot have begun before this, or after `until`. */
  readonly from: number;
  readonly until: number;
  readonly now: number;
};

/** A pod that looks as the fault makes it look, with the first change that shows it. */
export type SignedHit = HitPod & {
  readonly evidence: PodChange;
  /** No other pod came in its place at once, as after a kill: it may also have been scaled away. */
  readonly isUnreplaced?: true;
};

/** How long after a change the cluster may tell of it. */
export const toldWithinMs = 2_000;
/** A controller makes another pod within seconds. */
const promptMs = 10_000;

/**
 * Finds the pods that changed in the way of the fault, oldest first: pod-kill ends a pod, and its owner creates another; container-kill kills
 * containers, which start again in place; pod-failure swaps images in place. Other changes are no evidence. A pod that was not replaced counts only
 * where fewer pods than approved were hit for certain.
 */
export function findSignatures(look: Look): readonly SignedHit[] {
  const byPod = Map.groupBy(look.changes, ({ uid, pod }) => uid ?? pod);
  const hits = Array.from(byPod.values(), (own) => findHit(own, look)).flatMap((hit) => hit ?? []);
  const certain = hits.filter(({ isUnreplaced }) => !isUnreplaced);
  const counted = certain.length >= Math.max(1, look.least) ? certain : hits;
  return counted.toSorted((one, other) => one.from - other.from);
}

function findHit(own: readonly PodChange[], look: Look): SignedHit | undefined {
  switch (look.fault.action) {
    case 'pod-kill':
      return findKilled(own, look);
    case 'container-kill':
      return findRestarted(own, look);
    case 'pod-failure':
      return findSwapped(own, look);
  }
}

/** Hits that are the fault's, and earlier ones that may be somebody else's doing. */
export type ToldApart = {
  readonly hits: readonly SignedHit[];
  readonly doubtful: readonly SignedHit[];
};

/**
 * Tells the hits of a fault from what somebody else may have done while its executor prepared it. The executor may go on saying so for a while, so a hit
 * before it last did, `preparingAt`, counts, unless as many as approved follow soon after that. Images are swapped in place by nobody else.
 */
export function tellApart(
  hits: readonly SignedHit[],
  { least, preparingAt }: Pick<Look, 'least'> & { readonly preparingAt: number },
): ToldApart {
  const isNext = ({ from, notBefore = from }: SignedHit) =>
    notBefore >= preparingAt && from <= preparingAt + sayingDelayMs;
  const isEarly = ({ from, evidence }: SignedHit) =>
    from < preparingAt - toldWithinMs && evidence.kind !== 'image';
  if (hits.filter(isNext).length < Math.max(1, least)) return { hits, doubtful: [] };
  return { hits: hits.filter((hit) => !isEarly(hit)), doubtful: hits.filter(isEarly) };
}

type When = Pick<PodChange, 'at' | 'unseenSince'>;
type Range = Pick<Look, 'from' | 'until'>;

const isIn = ({ at, unseenSince = at }: When, { from, until }: Range) =>
  at >= from && unseenSince <= until;

function findKilled(own: readonly PodChange[], look: Look): SignedHit | undefined {
  const isEnd = ({ kind, terminating }: PodChange) => kind === 'deleted' || terminating === true;
  const evidence = own.find(isEnd);
  if (!evidence || !isIn(evidence, look)) return undefined;
  if (own.some(({ disruption }) => disruption !== undefined)) return undefined;
  const last = own.findLast(isEnd) ?? evidence;
  const replacedBy = last.at + promptMs;
  const isReplaced = look.changes.some(
    ({ kind, replaces, at, unseenSince = at }) =>
      kind === 'created' &&
      replaces === evidence.pod &&
      at >= evidence.at &&
      unseenSince <= replacedBy,
  );
  const isLate = !isReplaced && look.now > evidence.at + promptMs;
  return { ...toHit(evidence), ...(isLate ? { isUnreplaced: true } : {}) };
}

/** How far the clock of a node may differ from ours; it tells whole seconds. */
const nodeSkewMs = 5_000;

/** A pod that restarted before the fault may have done so again by itself. The hit dates from the end of the container: it restarts seconds or minutes later. */
function findRestarted(own: readonly PodChange[], look: Look): SignedHit | undefined {
  if (own.some(({ kind }) => kind === 'image')) return undefined;
  const isNamed = ({ containers: seen }: PodChange) => {
    const { containerNames = [] } = look.fault;
    return (
      !seen || containerNames.length === 0 || seen.some((name) => containerNames.includes(name))
    );
  };
  const killed = own.filter((change) => change.killed !== false && isNamed(change));
  const evidence = killed.find(({ kind }) => kind === 'restarted') ?? killed.find(isKilled);
  if (!evidence) return undefined;
  const from = findContainerEnd(evidence, own, look);
  return from === undefined ? undefined : { ...toHit(evidence), from };
}

/** Whether a container was killed and waits to be started again, which may be in vain. */
function isKilled({ kind, killed, terminating }: PodChange): boolean {
  return kind === 'not-ready' && killed === true && !terminating;
}

/** When a container had ended; undefined where that was not under the fault. Where its node's clock says otherwise, that its pod went down was seen. */
function findContainerEnd(
  change: PodChange,
  own: readonly PodChange[],
  look: Look,
): number | undefined {
  const { at, endedAt } = change;
  if (at < look.from) return undefined;
  if (endedAt === undefined) return isIn(change, look) ? at : undefined;
  const range = { from: look.from - nodeSkewMs, until: look.until + nodeSkewMs };
  if (isIn({ at: endedAt }, range)) return Math.min(at, Math.max(endedAt, look.from));
  const isDown = (one: PodChange) => one.kind === 'not-ready' && one.at <= at;
  return own.findLast((one) => isDown(one) && isIn(one, look))?.at;
}

function findSwapped(own: readonly PodChange[], look: Look): SignedHit | undefined {
  const isSwap = (change: PodChange) =>
    change.kind === 'image' && change.restored !== true && isIn(change, look);
  const evidence = own.find(isSwap);
  if (!evidence) return undefined;
  // A pod that somebody deletes leaves the service with its fault, and another comes without one.
  const isEnd = ({ kind, restored, terminating }: PodChange) =>
    (kind === 'image' && restored) || kind === 'deleted' || terminating === true;
  const end = own.find((change) => change.at >= evidence.at && isEnd(change));
  return toHit(evidence, end);
}

/** `end`: what took the fault from it, where that was seen. */
function toHit(evidence: PodChange, end?: PodChange): SignedHit {
  const { pod, at: from, unseenSince: notBefore } = evidence;
  return {
    pod,
    from,
    until: end?.at ?? null,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(end?.unseenSince === undefined ? {} : { goneNotBefore: end.unseenSince }),
    evidence,
  };
}

/** Returns a hit without its evidence, as the journal keeps it. */
export function toHitPod({ pod, from, until, notBefore, goneNotBefore }: SignedHit): HitPod {
  return {
    pod,
    from,
    until,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(goneNotBefore === undefined ? {} : { goneNotBefore }),
  };
}
