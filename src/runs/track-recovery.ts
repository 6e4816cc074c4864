import { defaultLeastCoverage } from '../domain/judgement.ts';
import { toRecoveryBounds } from '../evidence/recovery-bounds.ts';
import type { Recovery } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import {
  findEarliestRecovery,
  findRecovery,
  type RecoverySearch,
} from '../evidence/find-recovery.ts';
import type { ConductContext } from './conduct-context.ts';
import type { RunMonitor } from './run-monitor.ts';

/** Predictions count as good again when what was due in a window of this length keeps the bounds of the hypothesis. */
const goodAgainWindowMs = 5_000;

/** When predictions were good again after the fault was gone at `goneAt`; empty while they are not. */
export function findGoodAgain(run: Run, goneAt: number, monitor: RunMonitor): Partial<Recovery> {
  const found = findRecovery(monitor.dueSince(goneAt), toSearch(run, goneAt, monitor));
  if (!found) return {};
  const { at, notBefore } = found;
  return {
    predictionsGoodAfterMs: Math.round(at - goneAt),
    ...(notBefore === undefined
      ? {}
      : {
          predictionsGoodNotBeforeMs: Math.round(seeBeforeRestart(notBefore, monitor) - goneAt),
        }),
  };
}

/** Since when pods that are ready now may have been: where they were not looked at by this process before. */
export function findPodsUnseen(goneAt: number, monitor: RunMonitor): Partial<Recovery> {
  const { resumed, recovery } = monitor;
  if (!resumed || recovery?.lookedAt !== resumed.recovery?.lookedAt) return {};
  const seenAt = resumed.recovery?.lookedAt ?? resumed.until;
  return { podsReadyNotBeforeMs: Math.max(0, Math.round(seenAt - goneAt)) };
}

/** Keeps what is known of the recovery, for the checkpoint. */
export function rememberRecovery(
  found: Recovery,
  run: Run,
  { monitor, deps }: ConductContext,
): void {
  const goneAt = run.faultEndedAt ?? run.phaseSince;
  const search = toSearch(run, goneAt, monitor);
  const earliest = findEarliestRecovery(monitor.dueSince(goneAt), search);
  const lookedAt = monitor.pods.hasSeen() ? deps.clock.now() : monitor.recovery?.lookedAt;
  monitor.recovery = {
    found,
    goodSince: seeBeforeRestart(earliest, monitor),
    ...(lookedAt === undefined ? {} : { lookedAt }),
  };
}

/** What lies before a restart is not known one by one any more, but since when it was good is. */
function seeBeforeRestart(at: number, { resumed }: RunMonitor): number {
  return resumed && at <= resumed.until ? (resumed.recovery?.goodSince ?? at) : at;
}

function toSearch(run: Run, goneAt: number, monitor: RunMonitor): RecoverySearch {
  const { hypothesis, service } = run.proposal;
  return {
    goneAt,
    knownSince: monitor.knownSince,
    knownUntil: monitor.knownUntil,
    windowMs: goodAgainWindowMs,
    bounds: toRecoveryBounds(run),
    leastCoverage: hypothesis.leastCoverage ?? defaultLeastCoverage,
    ratePerSecond: service.scoring.ratePerSecond,
  };
}
