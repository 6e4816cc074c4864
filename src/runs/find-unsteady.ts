import { printDuration } from '../domain/duration.ts';
import { toBreakMs } from '../domain/guard.ts';
import { roundToSeconds } from '../domain/outage-span.ts';
import type { MeasuredPrediction } from '../domain/prediction-result.ts';
import type { Run } from '../domain/run.ts';
import { hasRelapsed } from '../evidence/find-relapse.ts';
import type { DueEntry } from '../evidence/predictions/due-history.ts';
import { takeUnbroken } from '../evidence/predictions/take-unbroken.ts';
import type { RunMonitor } from './run-monitor.ts';
import { toSearch } from './track-recovery.ts';

/** A service of which everything failed for so long, up to now, is out. */
const outMs = 3_000;
/** Fewer predictions may have failed by chance. */
const leastOut = 5;
/** How long predictions must have been measured without a break for the service to be known, and for how many slots where the rate is low. */
const knownMs = 5_000;
const knownSlots = leastOut + 1;
/** Predictions are known late by their latency, and by a second or two slots until somebody looks. */
const lagMs = 1_000;
const lagSlots = 2;
/** How long the database may take to record a start. */
const decisionMs = 5_000;
/** The thread that predicts takes seconds to load after a restart. */
const loadingMs = 15_000;

/** Why no fault is started, as the end of a run names it. */
export type Unsteady = {
  readonly ending: 'not-steady' | 'baseline-undecided';
  readonly why: string;
};

/** Returns how long a start waits at most until the service is known, ms. */
export function toLongestWaitMs(run: Run): number {
  return loadingMs + toKnownMs(run) + run.proposal.service.scoring.timeoutMs;
}

/** Whether enough was measured lately to say how the service is, and what was due until about `at` is known. */
export function isKnownAt(at: number, run: Run, monitor: RunMonitor): boolean {
  const { knownUntil } = monitor;
  if (knownUntil < at - Math.max(lagMs, lagSlots * toSlotMs(run))) return false;
  const enoughMs = toKnownMs(run);
  const { since, measured } = takeUnbroken(
    monitor.dueSince(knownUntil - 2 * enoughMs),
    toBreak(run),
  );
  // Not by the first prediction in it: with random arrivals, none may be due for several slots.
  const begunAt = monitor.beginningOf('baseline') ?? Number.POSITIVE_INFINITY;
  const unbrokenSince = Math.max(since, begunAt, monitor.knownSince);
  return measured.length > 0 && unbrokenSince <= knownUntil - enoughMs;
}

/**
 * Returns why the service is not as steady as its baseline showed it any more, or is not known to be; undefined where nothing keeps the fault from it. A time
 * as long as the baseline, up to now, must not break the hypothesis, nor may a floor be broken or the service be out.
 */
export function findUnsteady(run: Run, monitor: RunMonitor, now: number): Unsteady | undefined {
  if (!run.baseline) return undefined;
  // Predictions that hang are known at their time-out only.
  const { timeoutMs } = run.proposal.service.scoring;
  if (!isKnownAt(now - timeoutMs - decisionMs, run, monitor)) return unknown;
  const trip = monitor.findBrokenFloor();
  const why = trip
    ? `A guard would have ended the fault at once: ${trip.reason}.`
    : (findOut(run, monitor) ?? findBroken(run, monitor));
  return why === undefined ? undefined : { ending: 'not-steady', why };
}

const unknown: Unsteady = {
  ending: 'baseline-undecided',
  why: 'Too few predictions were measured since the baseline to know whether the service is still steady.',
};

/** Predictions that failed one after the other up to now, where they went on for too long, or a guard allows fewer in a row. */
function findOut(run: Run, monitor: RunMonitor): string | undefined {
  const { knownUntil: until } = monitor;
  const entries = monitor.dueSince(run.baseline?.measurement.startedAt ?? until);
  const { measured } = takeUnbroken(entries, toBreak(run));
  const failing = measured.slice(measured.findLastIndex(({ outcome }) => outcome === 'good') + 1);
  const [first] = failing;
  if (!first) return undefined;
  const isOut = failing.length >= leastOut && until - first.dueAt >= outMs;
  const isTooMany = run.proposal.guards.some(
    (guard) => guard.kind === 'consecutive-failures' && failing.length >= guard.count,
  );
  return isOut || isTooMany ? describe(failing, until - first.dueAt) : undefined;
}

function findBroken(run: Run, monitor: RunMonitor): string | undefined {
  const { knownUntil: until } = monitor;
  const from = until - run.proposal.baselineMs;
  const entries = monitor.dueSince(from);
  const isBroken = hasRelapsed(entries, { ...toSearch(run, from, monitor), from, until });
  // After a restart nothing is known one by one of what was due before it.
  const measured = entries.filter(isMeasured);
  const [{ dueAt: since } = { dueAt: from }] = measured;
  return isBroken ? describe(measured, roundToSeconds(until - since)) : undefined;
}

function isMeasured(entry: DueEntry): entry is MeasuredPrediction {
  return entry.kind === 'measured';
}

function toSlotMs({ proposal }: Run): number {
  return 1_000 / proposal.service.scoring.ratePerSecond;
}

function toKnownMs(run: Run): number {
  return Math.max(knownMs, knownSlots * toSlotMs(run));
}

function toBreak({ proposal }: Run): number {
  return toBreakMs(proposal.service.scoring.ratePerSecond);
}

function describe(measured: readonly MeasuredPrediction[], withinMs: number): string {
  const sent = measured.length;
  const failed = measured.filter(({ outcome }) => outcome !== 'good').length;
  const within = printDuration(withinMs);
  const what =
    failed === 0
      ? `the ${sent} predictions of the last ${within} broke a bound of the hypothesis`
      : `${failed} of ${sent} predictions of the last ${within} failed`;
  return `The service was not steady any more after the baseline: ${what}.`;
}
