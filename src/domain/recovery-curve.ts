import { listOutages } from './attribution.ts';
import { listSeconds } from './list-seconds.ts';
import { listPodChanges } from './list-changes.ts';
import { findAllReadyAt } from './fault-windows.ts';
import { joinSeconds } from './join-seconds.ts';
import { countDue, findEnd, type SecondMeasurement } from './measurement.ts';
import { toOutageRule } from './outages.ts';
import { countLost } from './prediction-stream.ts';
import type { Run } from './run.ts';

/** How a service came back, in ms after its fault was confirmed gone; null for what was not seen to. What was so already is 0. */
export type RecoveryCurve = {
  /** What Kubernetes claims: the last of the pods that had failed was Ready. */
  readonly podsReadyMs: number | null;
  /** They may have been Ready since then, when nobody looked before `podsReadyMs`; absent where somebody did. */
  readonly podsReadyNotBeforeMs?: number;
  /** What predictions show: the first right one, to the second. */
  readonly firstRightMs: number | null;
  /** It may have been right since then, when nothing was measured before `firstRightMs`; absent where that was. */
  readonly firstRightNotBeforeMs?: number;
  /** When the last lost one was due, or the end of its second where that is not known; where the baseline lost some as well, of the last outage. */
  readonly lastLostMs: number | null;
  /** How many were lost after the fault in the background that the baseline had as well; absent when none was. */
  readonly lostAnyway?: number;
  /** How many were due after the fault and not measured; absent when all were. */
  readonly unmeasured?: number;
  /** Answers were as fast as before the fault again; absent where latencies were not recorded by the second. */
  readonly p99BackMs?: number | null;
  /** They may have been since then, when too little was measured before `p99BackMs` to say so; absent where enough was. */
  readonly p99BackNotBeforeMs?: number;
};

/** How a service came back; undefined when no fault was confirmed gone or nothing was measured after it. */
export function toRecoveryCurve(run: Run): RecoveryCurve | undefined {
  const { faultEndedAt: goneAt, recovered, baseline } = run;
  if (goneAt === undefined || !recovered) return undefined;
  const seconds: readonly Second[] = joinSeconds([recovered.measurement]).filter(
    ({ at }) => at + 1_000 > goneAt,
  );
  const p99Ms = baseline?.measurement.predictions.latency?.p99Ms;
  const isTimed = p99Ms !== undefined && seconds.some((second) => second.p99Ms !== undefined);
  const unmeasured = [recovered.waiting, recovered.measurement.predictions].reduce(
    (sum, part) => sum + (part ? countDue(part) - part.sent : 0),
    0,
  );
  return {
    ...toPodsReady(run, goneAt),
    ...toFirstRight(seconds, goneAt),
    ...toLastLost(run, goneAt),
    ...(unmeasured === 0 ? {} : { unmeasured }),
    ...(isTimed ? toFastAgain(seconds, { p99Ms, goneAt }) : {}),
  };
}

function toLastLost(run: Run, goneAt: number) {
  const all = listSeconds(run);
  const toAfter = (at = goneAt) => Math.max(0, at - goneAt);
  const last = all.findLast(({ sent, good }) => good < sent);
  if (toOutageRule(run)?.cleanOf !== undefined || !last)
    return { lastLostMs: toAfter(last && findLastLost(last)) };
  const outages = listOutages(run);
  const lastOutage = outages.at(-1)?.lossy.at(-1);
  const afterwards = all.filter((second) => findEnd(second) > goneAt);
  const within = new Set(outages.flatMap(({ lossy }) => lossy.map(({ at }) => at)));
  const inOutage = ({ at }: SecondMeasurement) => within.has(at);
  const lostAnyway = countLost(afterwards.filter((second) => !inOutage(second)));
  return {
    lastLostMs: toAfter(lastOutage && findLastLost(lastOutage)),
    ...(lostAnyway === 0 ? {} : { lostAnyway }),
  };
}

/** When the last lost prediction of a second was due, or the end of the second where that is not known. */
function findLastLost(second: SecondMeasurement): number {
  return second.lostAt?.last ?? findEnd(second);
}

function toFirstRight(seconds: readonly Second[], goneAt: number) {
  const index = seconds.findIndex((second) => findRightIn(second, goneAt) !== undefined);
  const first = seconds[index];
  if (!first) return { firstRightMs: null };
  const before = seconds.slice(0, index);
  const unseen = before.slice(before.findLastIndex(({ sent }) => sent > 0) + 1).at(0);
  const toAfter = (at: number) => Math.max(0, at - goneAt);
  return {
    firstRightMs: toAfter(findRightIn(first, goneAt) ?? first.at),
    ...(unseen ? { firstRightNotBeforeMs: toAfter(unseen.at) } : {}),
  };
}

/** When the first right prediction of a second was due after the fault was gone; undefined where there was none, or it may have been due before. */
function findRightIn(second: Second, goneAt: number): number | undefined {
  const { at, good, sent, lostAt, goodAgainAt } = second;
  if (good === 0) return undefined;
  if (lostAt === undefined) return at >= goneAt || good === sent ? at : undefined;
  const isRightAtOnce = at >= goneAt && (lostAt.goodBefore ?? 1) > 0;
  if (isRightAtOnce) return at;
  return goodAgainAt !== undefined && goodAgainAt >= goneAt ? goodAgainAt : undefined;
}

/** The bot looks at least once a second; what it saw later than this after the cluster's own change is something else. */
const lookErrorMs = 2_000;

/** By the cluster's own changes where the pods that failed are known and all are wanted back, else by what the bot saw when it looked. */
function toPodsReady(run: Run, goneAt: number) {
  const readyAt = run.startRequestedAt === undefined ? undefined : findAllReadyAt(run);
  const toAfter = (at: number) => Math.max(0, at - goneAt);
  const {
    podsReadyAfterMs = null,
    podsReadyNotBeforeMs,
    podsWanted,
  } = run.recovered?.recovery ?? {};
  const looked = {
    podsReadyMs: podsReadyAfterMs,
    ...(podsReadyNotBeforeMs === undefined ? {} : { podsReadyNotBeforeMs }),
  };
  // Of those that are no longer wanted, some never come back.
  if (readyAt === undefined || podsWanted !== undefined) return looked;
  if (readyAt === null) return { podsReadyMs: null };
  // Pods that failed once more, or others, were ready only later, or never.
  if (run.recovered && (podsReadyAfterMs ?? Infinity) - toAfter(readyAt) > lookErrorMs)
    return looked;
  // What was seen before the bot stopped looking says nothing of what happened then.
  if (podsReadyNotBeforeMs !== undefined && toAfter(readyAt) < podsReadyNotBeforeMs) return looked;
  const { unseenSince } =
    listPodChanges(run).find((change) => change.at === readyAt && change.unseenSince) ?? {};
  return {
    podsReadyMs: toAfter(readyAt),
    ...(unseenSince === undefined ? {} : { podsReadyNotBeforeMs: toAfter(unseenSince) }),
  };
}

type Second = SecondMeasurement & { readonly p99Ms?: number };

/** So many seconds are looked at together: with ten predictions in one, its p99 is their slowest, which a single slow answer makes. */
const windowSeconds = 5;

function toFastAgain(
  seconds: readonly Second[],
  { p99Ms, goneAt }: { readonly p99Ms: number; readonly goneAt: number },
) {
  const toAfter = (at: number) => Math.max(0, at - goneAt);
  const isFast = (second: Second) => second.p99Ms !== undefined && second.p99Ms <= p99Ms;
  const at = findFastAgain(seconds, isFast);
  if (at === undefined) return { p99BackMs: null };
  const since = findFastAgain(seconds, (second) => second.sent === 0 || isFast(second)) ?? at;
  return {
    p99BackMs: toAfter(at),
    ...(since < at ? { p99BackNotBeforeMs: toAfter(since) } : {}),
  };
}

/** The first second that kept the p99 of the baseline, as most of it and the four after it did. */
function findFastAgain(
  seconds: readonly Second[],
  isFast: (second: Second) => boolean,
): number | undefined {
  const index = seconds.findIndex((_, first) => {
    const kept = seconds.slice(first, first + windowSeconds).map((second) => isFast(second));
    return (
      kept.length === windowSeconds && kept[0] && kept.filter(Boolean).length > windowSeconds / 2
    );
  });
  return seconds[index]?.at;
}

/** Says when the last prediction was lost, as `print` says it: of what was measured, others may have been lost later. */
export function printLastLost(
  curve: Pick<RecoveryCurve, 'lastLostMs' | 'unmeasured' | 'lostAnyway'>,
  print: (ms: number | null) => string,
): string {
  const { lastLostMs, unmeasured } = curve;
  if (lastLostMs === 0) return printNoneLost(curve);
  if (unmeasured === undefined || lastLostMs === null) return print(lastLostMs);
  return `${print(lastLostMs)}, of those measured (${unmeasured === 1 ? '1 was' : `${unmeasured} were`} not)`;
}

/** Says that nothing was lost after the fault, of what was measured, or no more than what is lost anyway. */
function printNoneLost({
  unmeasured,
  lostAnyway,
}: Pick<RecoveryCurve, 'unmeasured' | 'lostAnyway'>): string {
  if (lostAnyway !== undefined) {
    const missed = unmeasured === undefined ? '' : `, ${unmeasured} not measured`;
    return `no outage any more (${lostAnyway} lost in the background${missed})`;
  }
  if (unmeasured === undefined) return 'none after the fault';
  const were = unmeasured === 1 ? '1 was' : `${unmeasured} were`;
  return `none of those measured was lost (${were} not measured)`;
}
