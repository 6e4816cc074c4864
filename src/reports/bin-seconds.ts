import { findEnd } from '../domain/measurement.ts';
import type { CourseSecond } from './report.ts';

/** So many seconds as one point of the chart. */
export type Bin = {
  readonly from: number;
  readonly until: number;
  readonly availability: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
};

/**
 * Joins seconds until at most `mostBins` are left, so that a run of hours is not a drawing of megabytes. Of latencies the worst second of a bin stands for it:
 * quantiles cannot be added, and a peak must not vanish.
 */
export function binSeconds(seconds: readonly CourseSecond[], mostBins: number): readonly Bin[] {
  const [first, last] = [seconds.at(0), seconds.at(-1)];
  if (!first || !last) return [];
  const stepMs = Math.ceil((findEnd(last) - first.at) / mostBins / 1_000) * 1_000;
  const groups = Map.groupBy(seconds, ({ at }) => Math.floor((at - first.at) / stepMs));
  return Array.from(groups, ([step, group]) => {
    const sent = group.reduce((sum, second) => sum + second.sent, 0);
    const good = group.reduce((sum, second) => sum + second.good, 0);
    const from = first.at + step * stepMs;
    return {
      from,
      // Seconds that were merged may be longer than a bin.
      until: Math.max(from + stepMs, ...group.map(findEnd)),
      availability: sent === 0 ? null : good / sent,
      p50Ms: findWorst(group.map(({ p50Ms }) => p50Ms)),
      p95Ms: findWorst(group.map(({ p95Ms }) => p95Ms)),
      p99Ms: findWorst(group.map(({ p99Ms }) => p99Ms)),
    };
  });
}

function findWorst(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}
