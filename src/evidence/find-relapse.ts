import { findDueAt, type DueEntry } from './predictions/due-history.ts';
import { RunCounter } from './predictions/run-counter.ts';
import type { RecoveryBound, Recovered } from './recovery-window.ts';
import { cutGap } from './predictions/split-gap.ts';
import { toLostInterval, type Arrivals } from './statistics/judge-share.ts';

/** A window of a service that may have been good again, ms since the epoch. */
export type RelapseSearch = Recovered & {
  readonly arrivals: Arrivals;
  readonly from: number;
  readonly until: number;
};

/**
 * Returns whether a service that was good again fails once more: the measured predictions of the window broke a bound beyond the error of the measurement, so
 * that scattered background failures are no relapse. `entries` are settled and in order of due time.
 */
export function hasRelapsed(
  entries: readonly DueEntry[],
  { bounds, arrivals, from, until }: RelapseSearch,
): boolean {
  const within = entries.filter((entry) => findDueAt(entry) >= from && findDueAt(entry) < until);
  return bounds.some((bound) => isBroken(within, bound, arrivals));
}

/** Returns the same of a window of which enough was measured to say so of all of it. */
export function hasFailed(entries: readonly DueEntry[], search: RelapseSearch): boolean {
  const { from, until, leastCoverage } = search;
  const isTouching = (entry: DueEntry) =>
    (entry.kind === 'gap' ? entry.until > from : entry.dueAt >= from) && findDueAt(entry) < until;
  const within = entries.filter(isTouching);
  const measured = within.filter(({ kind }) => kind === 'measured').length;
  const missing = within.reduce(
    (sum, entry) => sum + (entry.kind === 'gap' ? cutGap(entry, from, until).due : 0),
    0,
  );
  return measured >= leastCoverage * (measured + missing) && hasRelapsed(entries, search);
}

function isBroken(
  entries: readonly DueEntry[],
  { keeps, share }: RecoveryBound,
  arrivals: Arrivals,
): boolean {
  const counter = new RunCounter();
  let [due, lost] = [0, 0];
  for (const entry of entries) {
    if (entry.kind === 'gap') {
      counter.interrupt();
      continue;
    }
    const isKept = keeps(entry);
    counter.see(isKept);
    due += 1;
    if (!isKept) lost += 1;
  }
  return toLostInterval({ due, lost, runs: counter.runs }, arrivals).lower > 1 - share;
}
