import { meets } from '../domain/hypothesis.ts';
import type { Recovery } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { hasRelapsed } from '../evidence/find-relapse.ts';
import type { RunMonitor } from './run-monitor.ts';
import {
  findLimit,
  goodAgainWindowMs,
  listMetricTolerances,
  toGoneAt,
  toSearch,
} from './track-recovery.ts';

/** A window in which predictions may have failed once more is looked at for so long, ms. */
const lookedAtForMs = 60_000;

/**
 * Withdraws what is not so any more of what was back: predictions that fail once more, pods that are not ready, a metric out of its bound, a pod that carries
 * the fault. What fails after the limit was back within it all the same, except that a fault which pods carry is not gone.
 */
export function withdrawLost(found: Recovery, run: Run, monitor: RunMonitor): Recovery {
  const removed = withdrawRemoval(withdrawRelapse(found, run, monitor), run, monitor);
  return withdrawMetrics(withdrawPods(removed, run, monitor), run, monitor);
}

/** Predictions fail once more where a whole window before the limit shows it. */
function withdrawRelapse(found: Recovery, run: Run, monitor: RunMonitor): Recovery {
  const { recovery, measuredUntil } = monitor;
  const {
    predictionsGoodAfterMs: goodAfterMs,
    predictionsGoodNotBeforeMs: _unseen,
    ...others
  } = found;
  const goneAt = toGoneAt(run);
  const until = Math.min(measuredUntil, findLimit(run, found));
  const from = until - goodAgainWindowMs;
  if (!recovery || goodAfterMs === null || from < goneAt + goodAfterMs) return found;
  if (measuredUntil - until > lookedAtForMs) return found;
  const last = { ...toSearch(run, goneAt, monitor), from, until };
  if (!hasRelapsed(monitor.dueSince(from), last)) return found;
  monitor.recovery = { ...recovery, relapsedAt: from };
  return { ...others, predictionsGoodAfterMs: null };
}

function withdrawRemoval(found: Recovery, run: Run, { pods, injection }: RunMonitor): Recovery {
  const { faultGoneNotBeforeMs: _notBefore, ...others } = found;
  const goneAt = toGoneAt(run);
  const isCarried =
    !run.proposal.rehearsal && pods.hasSeenSince(goneAt) && injection.findCarrying(run).length > 0;
  return isCarried ? { ...others, faultGoneAfterMs: null } : found;
}

function withdrawPods(found: Recovery, run: Run, { pods }: RunMonitor): Recovery {
  const {
    podsReadyAfterMs: afterMs,
    podsReadyNotBeforeMs: _notBefore,
    podsWanted: _wanted,
    ...others
  } = found;
  if (afterMs === null) return found;
  const goneAt = toGoneAt(run);
  const failed = pods.findFewerAfter(pods.wanted.now, goneAt + afterMs);
  const limit = findLimit(run, found);
  if (!failed || (failed.notBefore ?? failed.at) >= limit) return found;
  const lost = { ...others, podsReadyAfterMs: null };
  if (failed.notBefore === undefined || failed.at < limit) return lost;
  const toAfter = (at: number) => Math.round(at - goneAt);
  const between = { notBeforeMs: toAfter(failed.notBefore), byMs: toAfter(failed.at) };
  return { ...lost, podsFailedAgain: { readyAfterMs: afterMs, ...between } };
}

function withdrawMetrics(found: Recovery, run: Run, monitor: RunMonitor): Recovery {
  const { metricsGoodAfterMs: afterMs, metricsGoodNotBeforeMs: _notBefore, ...others } = found;
  if (afterMs === null || afterMs === undefined) return found;
  const since = toGoneAt(run) + afterMs;
  const limit = findLimit(run, found);
  const isBroken = listMetricTolerances(run).some(({ name, tolerance }) =>
    monitor
      .metric(name, since)
      .points.some(({ at, value }) => at > since && at < limit && !meets(tolerance, value)),
  );
  return isBroken ? { ...others, metricsGoodAfterMs: null } : found;
}
