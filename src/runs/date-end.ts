import type { ExecutionReport } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import type { ConductContext } from './conduct-context.ts';
import { sayingDelayMs } from '../evidence/injection/executor-clock.ts';
import { toKnownTime, type FaultTime } from './fault-time.ts';

/** What is known of a fault that is over. */
export type Over = {
  readonly execution: ExecutionReport;
  /** When Azure had said that it is over, ms since the epoch. */
  readonly heardAt: number;
  /** When it began, ms since the epoch. */
  readonly begunAt: number;
};

/**
 * Dates the end of a fault: by Azure's record where that lies between its beginning and now, or later, where pods were seen to carry it since then; else by
 * when the last pod was rid of it. Both may have been since that pod was last seen. Where neither tells, it ended between when it was last known to be active and when it
 * was known to be over. Of several times at which it may have ended, the most likely is when its approved time was up.
 */
export function dateEnd(run: Run, over: Over, { monitor, deps, known }: ConductContext): FaultTime {
  const { execution, heardAt, begunAt } = over;
  const now = deps.clock.now();
  const { stoppedAt: recordedAt = -Infinity } = execution;
  const { startRequestedAt: askedAt = run.phaseSince } = run;
  // The journal may not have the first request, and one that was not answered may have ended it: a guard asks as soon as it trips.
  const { cancelRequestedAt = Infinity, trip } = known.run;
  const { endAskedAt = Infinity } = monitor.guardAlarm;
  const askedToEndAt = Math.min(cancelRequestedAt, endAskedAt, trip?.at ?? Infinity);
  const carried = monitor.injection.findCarried(run, execution);
  const { seenUntil: carriedUntil = -Infinity, goneBy = -Infinity } = carried ?? {};
  // Azure notices some seconds late that pods are rid of the fault.
  const isLate = recordedAt > goneBy && recordedAt - goneBy <= sayingDelayMs;
  const isRid = monitor.injection.findCarrying(run, execution).length === 0;
  const isSeen = isRid && goneBy === carriedUntil && goneBy > begunAt;
  const stoppedAt = isLate && isSeen ? goneBy : recordedAt;
  if (stoppedAt > askedAt) {
    const at = Math.min(Math.max(stoppedAt, carriedUntil), now);
    return carriedUntil > stoppedAt ? toLikely(at, at, Math.min(goneBy, now)) : toKnownTime(at);
  }
  const plannedAt = begunAt + run.proposal.fault.durationMs;
  const hits = monitor.injection.findHits(run, execution);
  const ends = hits.flatMap(({ until, goneNotBefore = until }) =>
    until === null || goneNotBefore === null ? [] : [{ until, goneNotBefore }],
  );
  const lastOf = (times: readonly number[]) => Math.min(now, Math.max(askedAt, ...times));
  const seenUntil = lastOf(ends.map(({ goneNotBefore }) => goneNotBefore));
  if (ends.length > 0 && ends.length === hits.length)
    return toLikely(plannedAt, seenUntil, lastOf(ends.map(({ until }) => until)));
  const activeAt = Math.max(
    begunAt,
    carriedUntil,
    seenUntil,
    monitor.injection.activeAt ?? -Infinity,
    // A fault whose time was not up was active when it was asked to end.
    Number.isFinite(askedToEndAt) ? Math.min(askedToEndAt, plannedAt) : -Infinity,
  );
  return toLikely(plannedAt, Math.min(now, activeAt), heardAt);
}

function toLikely(plannedAt: number, notBefore: number, until: number): FaultTime {
  const notAfter = Math.max(notBefore, until);
  return { at: Math.min(Math.max(plannedAt, notBefore), notAfter), notBefore, notAfter };
}
