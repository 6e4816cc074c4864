import type { ExecutionReport } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import type { ConductContext } from './conduct-context.ts';

/** When a fault ended: at `at`, or, where nothing tells that, at some time from `notBefore` until `notAfter`. Ms since the epoch. */
export type FaultEnd = {
  readonly at: number;
  readonly notBefore: number;
  readonly notAfter: number;
};

/** What is known of a fault that is over. */
export type Over = {
  readonly execution: ExecutionReport;
  /** When Azure had said that it is over, ms since the epoch. */
  readonly heardAt: number;
  /** When it began, ms since the epoch. */
  readonly begunAt: number;
};

/**
 * Dates the end of a fault: by Azure's record where that lies between its beginning and now, or later, while pods were seen to carry it; else by when the
 * last pod was rid of it. Where neither tells, it ended between when it was last known to be active and when it was known to be over: most likely when its
 * approved time was up.
 */
export function dateEnd(run: Run, over: Over, { monitor, deps, known }: ConductContext): FaultEnd {
  const { execution, heardAt, begunAt } = over;
  const now = deps.clock.now();
  const { stoppedAt = -Infinity } = execution;
  const { startRequestedAt: askedAt = run.phaseSince } = run;
  const carriedUntil = monitor.injection.findCarriedUntil(run, execution) ?? -Infinity;
  if (stoppedAt > askedAt) return toKnown(Math.min(Math.max(stoppedAt, carriedUntil), now));
  const ends = monitor.injection.findHits(run, execution).map(({ until }) => until);
  const seen = ends.filter((end) => end !== null);
  if (seen.length > 0 && seen.length === ends.length)
    return toKnown(Math.min(now, Math.max(askedAt, ...seen)));
  const plannedAt = begunAt + run.proposal.fault.durationMs;
  const activeAt = Math.max(
    begunAt,
    carriedUntil,
    ...seen,
    monitor.injection.activeAt ?? -Infinity,
    // A fault whose time was not up was active when it was asked to end.
    Math.min(known.run.cancelRequestedAt ?? -Infinity, plannedAt),
  );
  const notBefore = Math.min(now, activeAt);
  const notAfter = Math.max(notBefore, heardAt);
  return { at: Math.min(Math.max(plannedAt, notBefore), notAfter), notBefore, notAfter };
}

const toKnown = (at: number): FaultEnd => ({ at, notBefore: at, notAfter: at });
