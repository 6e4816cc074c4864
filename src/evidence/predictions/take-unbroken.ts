import type { MeasuredPrediction } from '../../domain/prediction-result.ts';
import type { DueEntry } from './due-history.ts';

/** What was measured without a break, and since when: minus infinity where there was no break; ms since the epoch. */
export type Unbroken = {
  readonly since: number;
  readonly measured: readonly MeasuredPrediction[];
};

/**
 * Returns the measured predictions since the last break of the measurement: a gap of `breakMs` or more, also of several gaps in a row. `entries` are in order
 * of due time.
 */
export function takeUnbroken(entries: readonly DueEntry[], breakMs: number): Unbroken {
  let since = Number.NEGATIVE_INFINITY;
  let measured: MeasuredPrediction[] = [];
  let gapSince: number | undefined;
  for (const entry of entries) {
    if (entry.kind === 'measured') {
      gapSince = undefined;
      measured.push(entry);
      continue;
    }
    gapSince ??= entry.from;
    if (entry.until - gapSince >= breakMs) [since, measured] = [entry.until, []];
  }
  return { since, measured };
}
