import { toArrivals } from '../domain/arrivals.ts';
import { isMetric, meets, toMetricName } from '../domain/hypothesis.ts';
import { defaultLeastCoverage } from '../domain/coverage.ts';
import { toRecoveryBounds } from '../evidence/recovery-bounds.ts';
import type { Recovery } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import {
  findEarliestRecovery,
  findRecovery,
  type RecoverySearch,
} from '../evidence/find-recovery.ts';
import { findMetricBack } from '../evidence/find-metric-back.ts';
import type { ReadyChange } from './pod-monitor.ts';
import type { RunMonitor } from './run-monitor.ts';
import type { FewerWanted } from './wanted-pods.ts';

/** Predictions count as good again when what was due in a window of this length keeps the bounds of the hypothesis. */
export const goodAgainWindowMs = 5_000;

/** When the fault of a run was gone, as far as is known; ms since the epoch. */
export function toGoneAt({ faultEndedAt, phaseSince }: Run): number {
  return faultEndedAt ?? phaseSince;
}

/** When predictions were good again after the fault was gone at `goneAt`, for good as far as is known; empty while they are not. */
export function findGoodAgain(run: Run, goneAt: number, monitor: RunMonitor): Partial<Recovery> {
  const since = monitor.recovery?.relapsedAt ?? goneAt;
  const found = findRecovery(monitor.dueSince(since), toSearch(run, since, monitor));
  if (!found) return {};
  const { at, notBefore } = found;
  return {
    predictionsGoodAfterMs: Math.round(at - goneAt),
    ...(notBefore === undefined
      ? {}
      : {
          predictionsGoodNotBeforeMs: Math.round(
            seeBeforeRestart(notBefore, goneAt, monitor) - goneAt,
          ),
        }),
  };
}

/** The time to recover counts from when pods were rid of a fault that was left behind, if that was within the limit. */
export function findLimit(run: Run, { faultGoneAfterMs }: Recovery): number {
  const { faultEndedBetween, proposal } = run;
  const goneAt = toGoneAt(run);
  const ridAt = goneAt + (faultGoneAfterMs ?? 0);
  return Math.max(faultEndedBetween?.until ?? goneAt, ridAt) + proposal.recoveryLimitMs;
}

/**
 * When the pods that a run wants back were ready again after the fault was gone; empty while they are not, or nobody has seen them since. Where they were ready
 * `before`, and nobody saw whether they failed once more within the limit, they may have been so in time.
 */
export function findPodsReady(
  run: Run,
  { podsFailedAgain }: Recovery,
  monitor: RunMonitor,
): Partial<Recovery> {
  const goneAt = toGoneAt(run);
  const { now: wanted, ready, fewer } = monitor.pods.wanted;
  const seen = monitor.pods.findReadyAgain(wanted, goneAt);
  if (!seen) return {};
  // All may have been ready again before the workload wanted fewer.
  const all = fewer && monitor.pods.findReadyBefore(ready, goneAt, fewer.notBefore);
  const wereAll = all !== undefined && all.at >= seen.at;
  const found = wereAll ? all : fewer ? dateByWish(seen, fewer) : seen;
  const unlooked = findPodsUnlooked(monitor) ?? Infinity;
  const notBefore = found.notBefore ?? (unlooked < found.at ? unlooked : undefined);
  const notBeforeMs = podsFailedAgain?.readyAfterMs ?? (notBefore && notBefore - goneAt);
  return {
    podsReadyAfterMs: Math.round(found.at - goneAt),
    ...(wanted < ready ? { podsWanted: wanted } : {}),
    ...(notBeforeMs === undefined
      ? {}
      : { podsReadyNotBeforeMs: Math.max(0, Math.round(notBeforeMs)) }),
  };
}

/** Fewer pods are all that are wanted from when the workload wants no more. */
function dateByWish(seen: ReadyChange, fewer: FewerWanted): ReadyChange {
  if (fewer.at <= seen.at) return seen;
  return { at: fewer.at, notBefore: Math.max(seen.notBefore ?? seen.at, fewer.notBefore) };
}

/** When another process looked at the pods last, where this one has not before. */
function findPodsUnlooked({ resumed, recovery, pods }: RunMonitor): number | undefined {
  if (!resumed || recovery?.lookedAt !== resumed.recovery?.lookedAt) return undefined;
  return resumed.recovery?.lookedAt ?? pods.seenBefore;
}

/** When every metric of the hypothesis was back in its bound after the fault was gone at `goneAt`; empty while one is not, or has no value. */
export function findMetricsGood(run: Run, goneAt: number, monitor: RunMonitor): Partial<Recovery> {
  const backs = listMetricTolerances(run).map(({ name, tolerance }) => {
    const { latest, ...sight } = monitor.metric(name, goneAt);
    return latest && 'value' in latest ? findMetricBack(sight, tolerance, goneAt) : undefined;
  });
  const known = backs.filter((back) => back !== undefined);
  if (known.length < backs.length) return {};
  const [at, notBefore] = [known.map((back) => back.at), known.map((back) => back.notBefore)];
  return {
    metricsGoodAfterMs: Math.max(...at) - goneAt,
    metricsGoodNotBeforeMs: Math.max(...notBefore) - goneAt,
  };
}

/** The metrics that the hypothesis bounds. */
export function listMetricTolerances({ proposal }: Run) {
  return proposal.hypothesis.tolerances.flatMap((tolerance) =>
    isMetric(tolerance.signal) ? [{ name: toMetricName(tolerance.signal), tolerance }] : [],
  );
}

/** When pods were rid of what was left of a fault that its executor had ended; empty while one carries it, or nobody has seen them since. */
export function findFaultGone(run: Run, now: number, monitor: RunMonitor): Partial<Recovery> {
  const { pods, injection, recovery } = monitor;
  const goneAt = toGoneAt(run);
  // What was seen before the fault was gone says nothing of the pods since.
  if (!pods.hasSeenSince(goneAt) || injection.findCarrying(run).length > 0) return {};
  // The cluster tells of a change before its next list of all pods confirms it. One that carried the fault once more since then was rid of it only later.
  const told = injection.findCarried(run, run.execution ?? {});
  const carried = told && told.goneBy >= (recovery?.carriedAt ?? -Infinity) ? told : undefined;
  const { seenUntil = recovery?.lookedAt ?? goneAt, goneBy = now } = carried ?? {};
  return {
    faultGoneAfterMs: Math.round(Math.max(goneAt, goneBy) - goneAt),
    faultGoneNotBeforeMs: Math.round(Math.max(goneAt, seenUntil) - goneAt),
  };
}

/** What of a recovery that was not seen within its limit may have been all the same. */
export function findUntold(run: Run, found: Recovery, monitor: RunMonitor): Partial<Recovery> {
  const { pods, knownUntil } = monitor;
  const goneAt = toGoneAt(run);
  // By the end of the limit: it may have been good before, and no longer.
  const lately = Math.max(goneAt, knownUntil - 2 * goodAgainWindowMs);
  const areUnseen = pods.isUnseen() && isMissing(found.podsReadyAfterMs, found.faultGoneAfterMs);
  const isUntold =
    isMissing(found.predictionsGoodAfterMs) &&
    findEarliestRecovery(monitor.dueSince(lately), toSearch(run, lately, monitor)) <=
      knownUntil - goodAgainWindowMs;
  const areUnread =
    isMissing(found.metricsGoodAfterMs) && listOutOfBounds(run, monitor).length === 0;
  const mayBeAll = found.podsReadyAfterMs === null && !areUnseen && !pods.wanted.isKnown;
  const podsLeft = mayBeAll ? pods.countIfAllReady() : 0;
  return {
    ...(areUnseen ? { podsUnseen: true } : {}),
    ...(monitor.isClockSetBack ? { isClockSetBack: true } : {}),
    ...(podsLeft > 0 ? { podsLeft } : {}),
    ...(isUntold ? { predictionsUnmeasured: true } : {}),
    ...(areUnread ? { metricsUnread: true } : {}),
  };
}

/** The metrics that were read last with a value out of their bound. */
function listOutOfBounds(run: Run, monitor: RunMonitor) {
  const goneAt = toGoneAt(run);
  return listMetricTolerances(run).filter(({ name, tolerance }) => {
    const { latest } = monitor.metric(name, goneAt);
    return latest !== undefined && 'value' in latest && !meets(tolerance, latest.value);
  });
}

const isMissing = (...times: readonly (number | null | undefined)[]) => times.includes(null);

/** Keeps what is known of the recovery, for the checkpoint; also since when predictions may be good again, while they are looked for. */
export function rememberRecovery(
  found: Recovery,
  run: Run,
  { monitor, arePredictionsSought }: Remembered,
): void {
  const { pods, injection, recovery: before } = monitor;
  const lookedAt = pods.hasSeen() ? pods.view().confirmedAt : before?.lookedAt;
  const carriedAt = injection.findCarrying(run).length > 0 ? lookedAt : before?.carriedAt;
  const goodSince = arePredictionsSought ? findGoodSince(run, monitor) : before?.goodSince;
  monitor.recovery = {
    found,
    goodSince: goodSince ?? toGoneAt(run),
    ...(before?.relapsedAt === undefined ? {} : { relapsedAt: before.relapsedAt }),
    ...(lookedAt === undefined ? {} : { lookedAt }),
    ...(carriedAt === undefined ? {} : { carriedAt }),
  };
}

type Remembered = { readonly monitor: RunMonitor; readonly arePredictionsSought: boolean };

function findGoodSince(run: Run, monitor: RunMonitor): number {
  const goneAt = toGoneAt(run);
  const since = monitor.recovery?.relapsedAt ?? goneAt;
  const earliest = findEarliestRecovery(monitor.dueSince(since), toSearch(run, since, monitor));
  return seeBeforeRestart(earliest, goneAt, monitor);
}

/** What lies before a restart is not known one by one any more, but since when it was good is, if the other process watched for it. */
function seeBeforeRestart(at: number, goneAt: number, { resumed }: RunMonitor): number {
  return resumed && at <= resumed.until ? (resumed.recovery?.goodSince ?? goneAt) : at;
}

/** What a service must be like to be as steady as before the fault, from `goneAt` on. */
export function toSearch(run: Run, goneAt: number, monitor: RunMonitor): RecoverySearch {
  const { hypothesis, service } = run.proposal;
  return {
    goneAt,
    knownSince: monitor.knownSince,
    knownUntil: monitor.knownUntil,
    windowMs: goodAgainWindowMs,
    bounds: toRecoveryBounds(run),
    leastCoverage: hypothesis.leastCoverage ?? defaultLeastCoverage,
    ratePerSecond: service.scoring.ratePerSecond,
    arrivals: toArrivals(service.scoring),
  };
}
