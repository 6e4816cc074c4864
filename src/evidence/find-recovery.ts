import { findDueAt, type DueEntry } from './predictions/due-history.ts';
import { hasFailed } from './find-relapse.ts';
import { RecoveryWindow, type Recovered, type Unmeasured } from './recovery-window.ts';
import type { Arrivals } from './statistics/judge-share.ts';

/** What to look for, and in which time. */
export type RecoverySearch = Recovered & {
  /** When the fault was gone, ms since the epoch. */
  readonly goneAt: number;
  /** What was due before this is not among the entries; minus infinity where all is. */
  readonly knownSince: number;
  /** Everything due before this is known. */
  readonly knownUntil: number;
  /** For how long all must be well. */
  readonly windowMs: number;
  readonly ratePerSecond: number;
  readonly arrivals: Arrivals;
};

/** When predictions were good again: at `at`, or, where not all was measured, at some time since `notBefore`. Ms since the epoch. */
export type FoundRecovery = { readonly at: number; readonly notBefore?: number };

/**
 * Finds from when on, for a whole window, enough of what was due was measured and enough of that kept each bound. `entries` are settled and in order of due
 * time; a prediction that was due in the window and hangs keeps the window open until it is answered or given up. Undefined while there is no such window.
 */
export function findRecovery(
  entries: readonly DueEntry[],
  search: RecoverySearch,
): FoundRecovery | undefined {
  const at = findWindow(entries, search, 'uncounted');
  if (at === undefined) return undefined;
  const notBefore = findWindow(entries, skipFailing(entries, search, at), 'well') ?? at;
  return notBefore < at ? { at, notBefore } : { at };
}

/** What was not measured before may have been well, but was no recovery where the whole window before `until` was seen to fail. */
function skipFailing(
  entries: readonly DueEntry[],
  search: RecoverySearch,
  until: number,
): RecoverySearch {
  const from = until - search.windowMs;
  const isWhole = from >= Math.max(search.goneAt, search.knownSince);
  const isFailing = isWhole && hasFailed(entries, { ...search, from, until });
  return isFailing ? { ...search, goneAt: from } : search;
}

/**
 * Returns since when predictions may be good again, by what is known so far: from then on enough was well, if all that is not known is. That is
 * `knownUntil` where nothing speaks for an earlier time.
 */
export function findEarliestRecovery(entries: readonly DueEntry[], search: RecoverySearch): number {
  const { knownUntil: from, windowMs, ratePerSecond } = search;
  const until = from + 2 * windowMs;
  const due = Math.max(1, Math.round(((until - from) * ratePerSecond) / 1_000));
  const unknown = { kind: 'gap', from, until, due, reason: 'restart' } as const;
  const since = skipFailing(entries, search, from);
  return findWindow([...entries, unknown], { ...since, knownUntil: until }, 'well') ?? from;
}

/** Finds the first window, with what was not measured in it taken as well, or left out of account. */
function findWindow(
  entries: readonly DueEntry[],
  search: RecoverySearch,
  unmeasured: Unmeasured,
): number | undefined {
  const { knownUntil, windowMs } = search;
  // Before `knownSince` single predictions are not kept, so no window can begin there.
  const since = Math.max(search.goneAt, search.knownSince);
  const after = entries.filter((entry) =>
    entry.kind === 'gap' ? entry.until > since : entry.dueAt >= since,
  );
  const window = new RecoveryWindow(search, unmeasured);
  let end = 0;
  for (const [first, entry] of after.entries()) {
    const dueAt = Math.max(since, findDueAt(entry));
    const from = first === 0 && dueAt < since + windowMs ? since : dueAt;
    const until = from + windowMs;
    if (until > knownUntil) return undefined;
    for (let next = after[end]; next && findDueAt(next) < until; next = after[end]) {
      window.add(next);
      end += 1;
    }
    if (window.begins(entry) && window.isGood(after[end - 1], until)) return from;
    window.remove(entry);
  }
  return undefined;
}
