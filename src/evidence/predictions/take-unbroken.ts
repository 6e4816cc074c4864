import type { MeasuredPrediction } from '../../domain/prediction-result.ts';
import type { DueEntry } from './due-history.ts';

/**
 * Returns the measured predictions since the last break of the measurement: a gap of `breakMs` or more, also of several gaps in a row. `entries` are in order
 * of due time.
 */
export function takeUnbroken(
  entries: readonly DueEntry[],
  breakMs: number,
): readonly MeasuredPrediction[] {
  let unbroken: MeasuredPrediction[] = [];
  let gapSince: number | undefined;
  for (const entry of entries) {
    if (entry.kind === 'measured') {
      gapSince = undefined;
      unbroken.push(entry);
      continue;
    }
    gapSince ??= entry.from;
    if (entry.until - gapSince >= breakMs) unbroken = [];
  }
  return unbroken;
}
