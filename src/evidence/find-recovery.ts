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

/** When predictions were good again: at `at`, or, where it was not measured, at some time since `notBefore`. Ms since the epoch. */
export type FoundRecovery = { readonly at: number; readonly notBefore?: number };

/**
 * Finds from when on, for a whole window, everything that was due was measured and enough of it was well. `entries` are settled and in order of due
 * time; a prediction that was due in the window and hangs keeps the window open until it is answered or given up. Undefined while there is no such window.
 */
export function findRecovery(
  entries: readonly DueEntry[],
  { goneAt, knownUntil, windowMs, isWell, share }: RecoverySearch,
): FoundRecovery | undefined {
  const after = entries.filter((entry) =>
    entry.kind === 'gap' ? entry.until > goneAt : entry.dueAt >= goneAt,
  );
  const well = after.map((entry) => entry.kind === 'measured' && isWell(entry));
  let [end, wellWithin, gapsWithin] = [0, 0, 0];
  for (const [first, entry] of after.entries()) {
    const from = first === 0 ? goneAt : findDueAt(entry);
    if (from + windowMs > knownUntil) return undefined;
    for (let next = after[end]; next && findDueAt(next) < from + windowMs; next = after[end]) {
      if (next.kind === 'gap') gapsWithin += 1;
      if (well[end]) wellWithin += 1;
      end += 1;
    }
    const isBack = well[first] && gapsWithin === 0 && wellWithin >= share * (end - first);
    if (isBack) return toFound(after[first - 1], from, goneAt);
    if (entry.kind === 'gap') gapsWithin -= 1;
    if (well[first]) wellWithin -= 1;
  }
  return undefined;
}

function toFound(before: DueEntry | undefined, at: number, goneAt: number): FoundRecovery {
  return before?.kind === 'gap' ? { at, notBefore: Math.max(goneAt, before.from) } : { at };
}
