import { meets } from '../domain/judgement.ts';
import type { Tolerance } from '../domain/hypothesis.ts';
import type { MetricPoint } from '../domain/metric.ts';

/** When a metric was back in its bound: read so at `at`, and at `notBefore` either read out of it or not known yet. Ms since the epoch. */
export type MetricBack = { readonly at: number; readonly notBefore: number };

/** Finds since when a metric has kept its bound in every reading since `goneAt`; undefined while the last one does not. */
export function findMetricBack(
  course: readonly MetricPoint[],
  tolerance: Tolerance,
  goneAt: number,
): MetricBack | undefined {
  const since = course.filter(({ at }) => at >= goneAt);
  const last = since.findLastIndex(({ value }) => !meets(tolerance, value));
  const first = since[last + 1];
  return first && { at: first.at, notBefore: since[last]?.at ?? goneAt };
}
