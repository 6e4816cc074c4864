import { meets, type Tolerance } from '../domain/hypothesis.ts';
import type { MetricPoint } from '../domain/metric.ts';

/** When a metric was back in its bound: read so at `at`, and at `notBefore` either read out of it or not known yet. Ms since the epoch. */
export type MetricBack = { readonly at: number; readonly notBefore: number };

/** The values since the fault was gone, and the last one before. */
type Sight = {
  readonly points: readonly MetricPoint[];
  readonly before?: MetricPoint;
  /** How often it is read, ms. */
  readonly everyMs?: number;
};

/**
 * Finds since when a metric has kept its bound in every reading since `goneAt`; undefined while the last one does not. One that kept it in the readings on
 * either side of `goneAt`, with none missing between them, had not left it.
 */
export function findMetricBack(
  { points, before, everyMs = 0 }: Sight,
  tolerance: Tolerance,
  goneAt: number,
): MetricBack | undefined {
  const last = points.findLastIndex(({ value }) => !meets(tolerance, value));
  const first = points[last + 1];
  if (!first) return undefined;
  const isNext = before !== undefined && first.at - before.at < 2 * everyMs;
  if (last < 0 && isNext && meets(tolerance, before.value))
    return { at: goneAt, notBefore: goneAt };
  return { at: first.at, notBefore: points[last]?.at ?? goneAt };
}
