import { printDuration } from '../domain/duration.ts';
import type { GuardTrip } from '../domain/guard.ts';
import type { Run } from '../domain/run.ts';
import type { DueEntry } from '../evidence/predictions/due-history.ts';
import { hasRelapsed } from '../evidence/find-relapse.ts';
import { createGuards, showToGuards } from './run-guards.ts';
import type { RunMonitor } from './run-monitor.ts';
import { toSearch } from './track-recovery.ts';

/** A service of which everything failed for so long, up to now, is out. */
const outMs = 3_000;
/** Fewer predictions may have failed by chance. */
const leastOut = 5;

/**
 * Returns why the service is not as steady as its baseline showed it any more; undefined where nothing that is known by now says so. A time as long as the
 * baseline, up to now, must not break the hypothesis, nor may a guard trip or the service be out.
 */
export function findUnsteady(run: Run, monitor: RunMonitor): string | undefined {
  if (!run.baseline) return undefined;
  const trip = findTripSince(run.baseline.measurement.endedAt, run, monitor);
  if (trip) return `A guard would have ended the fault at once: ${trip.reason}.`;
  const { knownUntil: until } = monitor;
  const lastly = monitor.dueSince(until - outMs);
  if (isOut(lastly)) return describe(lastly, outMs);
  const { baselineMs } = run.proposal;
  const from = until - baselineMs;
  const entries = monitor.dueSince(from);
  const isBroken = hasRelapsed(entries, { ...toSearch(run, from, monitor), from, until });
  return isBroken ? describe(entries, baselineMs) : undefined;
}

/** The guard that would end the fault now, if its start had been asked for at `since`. */
function findTripSince(since: number, run: Run, monitor: RunMonitor): GuardTrip | undefined {
  const guards = createGuards(run);
  guards.arm(since);
  const windows = run.proposal.guards.map((guard) => ('windowMs' in guard ? guard.windowMs : 0));
  const from = since - Math.max(0, ...windows);
  for (const entry of monitor.dueSince(from)) showToGuards(guards, entry);
  return guards.findTrip(monitor.sight());
}

function isOut(entries: readonly DueEntry[]): boolean {
  const { sent, failed } = count(entries);
  return sent >= leastOut && failed === sent;
}

function count(entries: readonly DueEntry[]) {
  const measured = entries.filter((entry) => entry.kind === 'measured');
  return {
    sent: measured.length,
    failed: measured.filter(({ outcome }) => outcome !== 'good').length,
  };
}

function describe(entries: readonly DueEntry[], withinMs: number): string {
  const { sent, failed } = count(entries);
  const within = printDuration(withinMs);
  const what =
    failed === 0
      ? `the ${sent} predictions of the last ${within} broke a bound of the hypothesis`
      : `${failed} of ${sent} predictions of the last ${within} failed`;
  return `The service was not steady any more after the baseline: ${what}.`;
}
