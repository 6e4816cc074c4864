import { toldWithinMs } from '../evidence/injection/find-signatures.ts';
import { findDueAt, type DueEntry } from '../evidence/predictions/due-history.ts';
import type { Run } from '../domain/run.ts';
import type { ConductContext } from './conduct-context.ts';
import { toKnownTime, type FaultTime } from './fault-time.ts';

/** With random arrivals, so many slots in a row without a prediction come once in 20000 times. */
const mostEmptySlots = 10;

/**
 * Dates the beginning of a fault: by the first pod that it hit, where that was seen as it happened. What failed without a break up to then is of the fault,
 * and nothing else that failed before. Where pods were not observed, it began between when they last were, or by Azure's record if that is later, and when
 * the pod was found. Where an earlier hit may be somebody else's doing, it began then or later. Azure counts its preparations in, so its record alone dates
 * only what hit no pod that is known. Never before the start was asked for, whatever Azure's clock says.
 */
export function dateBeginning(run: Run, { monitor }: Pick<ConductContext, 'monitor'>): FaultTime {
  const { phaseSince, startRequestedAt: askedAt = phaseSince, faultStartedAt } = run;
  const preparedAt = Math.max(askedAt, monitor.injection.preparingAt ?? askedAt);
  const hits = monitor.injection.findHits(run, run.execution ?? {});
  if (hits.length === 0)
    return toKnownTime(Math.max(preparedAt, Math.min(phaseSince, faultStartedAt ?? phaseSince)));
  const hitAt = Math.max(askedAt, Math.min(...hits.map(({ from }) => from)));
  const lookedAt = Math.min(...hits.map(({ from, notBefore = from }) => notBefore));
  const executedAt = Math.max(monitor.injection.findEarliest(askedAt), faultStartedAt ?? askedAt);
  const earliest = Math.min(hitAt, executedAt);
  const lookedLast = Math.max(lookedAt, earliest);
  const begun =
    lookedAt < hitAt
      ? { at: lookedLast, notBefore: lookedLast, notAfter: hitAt }
      : toKnownTime(findFirstLost(run, { hitAt, earliest }, monitor));
  const doubtfulAt = monitor.injection.findDoubtfulAt(run, run.execution ?? {}) ?? Infinity;
  return { ...begun, notBefore: Math.min(begun.notBefore, doubtfulAt) };
}

/**
 * When the failures began that had no good prediction between them and the hit; `hitAt` where the last prediction before it was good, or where they began longer
 * before than the cluster takes to tell of a hit: then the service was out before the fault.
 */
function findFirstLost(
  { proposal }: Run,
  { hitAt, earliest }: { readonly hitAt: number; readonly earliest: number },
  monitor: ConductContext['monitor'],
): number {
  const from = monitor.beginningOf('observe') ?? hitAt;
  // What failed before is not known one by one any more, after a restart or for its age: `from` was dated while it was.
  if (monitor.knownSince >= hitAt && from < hitAt && from >= hitAt - toldWithinMs) return from;
  const longestMs = (mostEmptySlots * 1_000) / proposal.service.scoring.ratePerSecond;
  const before = monitor
    .dueSince(hitAt - toldWithinMs - longestMs)
    .filter((entry) => findDueAt(entry) < hitAt);
  const failing = before.slice(before.findLastIndex(isGood) + 1);
  const isOlder = failing.some(
    (entry) => entry.kind === 'measured' && entry.dueAt < hitAt - toldWithinMs,
  );
  if (isOlder) return hitAt;
  const row = failing.slice(failing.findLastIndex(({ kind }) => kind === 'gap') + 1);
  return row.map(findDueAt).find((dueAt) => dueAt >= earliest) ?? hitAt;
}

const isGood = (entry: DueEntry) => entry.kind === 'measured' && entry.outcome === 'good';
