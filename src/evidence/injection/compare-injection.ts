import { countHitPods, type PodFault } from '../../domain/fault.ts';
import type { EvidenceSource, HitPod, Mismatch } from '../../domain/injection.ts';
import type { PodChange } from '../../domain/measurement.ts';

/** What is known of a fault that is over. Times are ms since the epoch. */
export type Injected = {
  readonly source: EvidenceSource;
  readonly fault: PodFault;
  readonly approvedPods: number;
  /** How many pods there were when the start was asked for: fewer than approved are hit where fewer exist. */
  readonly podsAtStart: number;
  /** The names of the service's pods, as far as they were ever seen. */
  readonly ownPods: ReadonlySet<string>;
  readonly hit: readonly HitPod[];
  /** Those of them that ended and were not replaced at once. */
  readonly unreplaced: readonly string[];
  /** Whether the pods were observed all the time while the fault may have been active. */
  readonly isWatched: boolean;
  /** Whether our own clock was not set back meanwhile: what pods carried is timed by it. */
  readonly isTimed: boolean;
  /** From when on it may have been active until it was over, by the executor's record. */
  readonly executor: {
    readonly startedAt?: number;
    readonly stoppedAt?: number;
    /** It tells no times: it was not active for longer. */
    readonly isMost?: true;
  };
  /** Pods carried the fault although its executor said that it was over. */
  readonly isLeftBehind?: boolean;
  /** When pods were last seen to carry the fault that was left behind; absent where all are rid of it. */
  readonly carriedAt?: number;
  /** Whether the bot asked to end the fault before its time. */
  readonly endedByUs: boolean;
};

/**
 * Chaos Mesh ends a fault its duration after its object was made, so what pods carried is shorter by what making it and swapping images took. Chaos Studio
 * looks every few seconds and takes its time to take a fault away. A short fault is allowed less of both, or ten seconds might last seventy.
 */
const shortShare = 0.9;
const shortSlack = { mostMs: 5_000, share: 0.3 };
const longShare = 1.2;
const longSlack = { mostMs: 60_000, leastMs: 13_000, share: 0.8 };

const toLeastMs = (askedMs: number) =>
  shortShare * askedMs - Math.min(shortSlack.mostMs, shortSlack.share * askedMs);

const toMostMs = (askedMs: number) =>
  longShare * askedMs +
  Math.min(longSlack.mostMs, Math.max(longSlack.leastMs, longSlack.share * askedMs));

/** How much longer than asked for pods may carry a fault that was left behind. */
const leftSlackMs = 5_000;

/** Says how a fault differed from what was approved: more pods, fewer, other ones, or much shorter or longer. */
export function findMismatches(injected: Injected): readonly Mismatch[] {
  return [...comparePods(injected), ...compareTime(injected)];
}

function comparePods(injected: Injected): Mismatch[] {
  const { source, fault, approvedPods, podsAtStart, ownPods, hit, unreplaced, isWatched } =
    injected;
  const pods = new Set(hit.map(({ pod }) => pod));
  const other = Array.from(pods).filter((pod) => !ownPods.has(pod));
  const { most } = countHitPods(fault, approvedPods);
  const { least } = countHitPods(fault, Math.min(approvedPods, podsAtStart));
  const found: Mismatch[] = [];
  if (pods.size > most) found.push({ code: 'more-pods', hit: pods.size, approved: most });
  // Where nobody looked it may have happened all the same; records say that a pod was not hit.
  if ((source === 'chaos-mesh' || isWatched) && pods.size < least)
    found.push({ code: 'fewer-pods', hit: pods.size, approved: least });
  if (other.length > 0) found.push({ code: 'other-pods', pods: other });
  if (unreplaced.length > 0) found.push({ code: 'not-replaced', pods: unreplaced });
  return found;
}

function compareTime(injected: Injected): Mismatch[] {
  const { fault, hit, executor, endedByUs, isLeftBehind = false, carriedAt, isTimed } = injected;
  const { durationMs: askedMs } = fault;
  const carried = isTimed && fault.action === 'pod-failure' ? toSpans(hit, carriedAt) : [];
  // What left a fault behind tells nothing of its end.
  const spans = isLeftBehind ? carried : [...toExecutorSpan(executor), ...carried];
  if (spans.length === 0) return [];
  const longest = Math.max(...spans.map(({ least }) => least));
  const mostMs = isLeftBehind && !endedByUs ? askedMs + leftSlackMs : toMostMs(askedMs);
  if (longest > mostMs) return [{ code: 'too-long', lastedMs: longest, askedMs }];
  // What pods carry still may last.
  if (endedByUs || carriedAt !== undefined) return [];
  const shortest = spans.reduce((one, other) => (other.most < one.most ? other : one));
  const { least, most: lastedMs } = shortest;
  if (lastedMs >= toLeastMs(askedMs)) return [];
  const isMost = least < lastedMs;
  return [{ code: 'too-short', lastedMs, askedMs, ...(isMost ? { isMost } : {}) }];
}

/** How long a fault lasted at least, and at most, ms: one time where it was seen to begin and to end. */
type Lasted = { readonly least: number; readonly most: number };

function toExecutorSpan({ startedAt, stoppedAt, isMost }: Injected['executor']): Lasted[] {
  if (startedAt === undefined || stoppedAt === undefined || stoppedAt < startedAt) return [];
  const lastedMs = stoppedAt - startedAt;
  return [{ least: isMost ? 0 : lastedMs, most: lastedMs }];
}

function toSpans(hit: readonly HitPod[], carriedAt: number | undefined): Lasted[] {
  return hit.flatMap(({ from, until, notBefore = from, goneNotBefore = until }) => {
    const [least, most] = [goneNotBefore ?? carriedAt, until ?? Infinity];
    if (least === undefined || (until === null && carriedAt === undefined)) return [];
    return [{ least: Math.max(0, least - from), most: most - notBefore }];
  });
}

/** Pods that failed while the fault was active and were not hit by it; those made meanwhile are none of them. */
export function findOthers(
  changes: readonly PodChange[],
  hit: readonly HitPod[],
  { from, until }: { readonly from: number; readonly until: number },
): readonly string[] {
  const within = changes.filter(({ at }) => at >= from && at <= until);
  const made = new Set(within.filter(({ kind }) => kind === 'created').map(toKey));
  const known = new Set(hit.map(({ pod }) => pod));
  // A pod that is made is not ready at first. Once it was, it may fail as any other.
  const wasReady = new Set<string>();
  const failed = within.filter((change) => {
    const key = toKey(change);
    if (change.kind === 'ready') wasReady.add(key);
    if (!failing.includes(change.kind) || known.has(change.pod)) return false;
    return !made.has(key) || wasReady.has(key);
  });
  return [...new Set(failed.map(({ pod }) => pod))];
}

/** Pods of a StatefulSet are replaced by others of the same name. */
const toKey = ({ uid, pod }: PodChange) => uid ?? pod;

const failing: readonly PodChange['kind'][] = ['not-ready', 'restarted', 'deleted'];
