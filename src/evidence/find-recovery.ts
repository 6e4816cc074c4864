import { findDueAt, type DueEntry } from './predictions/due-history.ts';

export type RecoverySearch = {
  /** When the fault was gone, ms since the epoch. */
  readonly goneAt: number;
  /** Everything due before this is known. */
  readonly knownUntil: number;
  /** For how long all must be well. */
  readonly windowMs: number;
  /** Whether an answered prediction is good enough: right, and within the latency limits of the hypothesis. */
  readonly isWell: (entry: Extract<DueEntry, { kind: 'measured' }>) => boolean;
  /** The share of predictions in the window that must be well, 0 to 1. */
  readonly share: number;
};

/** When predictions were good again: at `at`, or, where not all was measured, at some time since `notBefore`. Ms since the epoch. */
export type FoundRecovery = { readonly at: number; readonly notBefore?: number };

/**
 * Finds from when on, for a whole window, everything that was due was measured and enough of it was well. `entries` are settled and in order of due
 * time; a prediction that was due in the window and hangs keeps the window open until it is answered or given up. Undefined while there is no such window.
 */
export function findRecovery(
  entries: readonly DueEntry[],
  search: RecoverySearch,
): FoundRecovery | undefined {
  const at = findWindow(entries, search, 'lost');
  if (at === undefined) return undefined;
  const notBefore = findWindow(entries, search, 'well') ?? at;
  return notBefore < at ? { at, notBefore } : { at };
}

/**
 * Returns since when predictions may be good again, by what is known so far: from then on enough was well, if all that is not known is. That is
 * `knownUntil` where nothing speaks for an earlier time.
 */
export function findEarliestRecovery(entries: readonly DueEntry[], search: RecoverySearch): number {
  const { knownUntil: from, windowMs } = search;
  const until = from + 2 * windowMs;
  const unknown = { kind: 'gap', from, until, due: 1, reason: 'restart' } as const;
  return findWindow([...entries, unknown], { ...search, knownUntil: until }, 'well') ?? from;
}

/** Finds the first window, with all that was not measured in it taken as well, or as lost. */
function findWindow(
  entries: readonly DueEntry[],
  { goneAt, knownUntil, windowMs, isWell, share }: RecoverySearch,
  unmeasured: 'well' | 'lost',
): number | undefined {
  const after = entries.filter((entry) =>
    entry.kind === 'gap' ? entry.until > goneAt : entry.dueAt >= goneAt,
  );
  const well = after.map((entry) => (entry.kind === 'gap' ? unmeasured === 'well' : isWell(entry)));
  let [end, wellWithin, gapsWithin] = [0, 0, 0];
  for (const [first, entry] of after.entries()) {
    const from = first === 0 ? goneAt : Math.max(goneAt, findDueAt(entry));
    if (from + windowMs > knownUntil) return undefined;
    for (let next = after[end]; next && findDueAt(next) < from + windowMs; next = after[end]) {
      if (next.kind === 'gap') gapsWithin += 1;
      if (well[end]) wellWithin += 1;
      end += 1;
    }
    const isWhole = gapsWithin === 0 || unmeasured === 'well';
    if (well[first] && isWhole && wellWithin >= share * (end - first)) return from;
    if (entry.kind === 'gap') gapsWithin -= 1;
    if (well[first]) wellWithin -= 1;
  }
  return undefined;
}
