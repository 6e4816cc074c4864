import { meets, type Tolerance } from './hypothesis.ts';
import type { ToleranceJudgement } from './judgement.ts';
import type { MetricMeasurement } from './metric.ts';

/** So large a share of a metric's values, or of a phase's time, may be missing before nothing can be said of it. */
const mostMissing = 0.2;

/** Fewer values than this are no course: what lies between two of them is more than a phase can do without. */
export const leastValues = 4;

/** The share of a phase's time for which a metric must have been read. */
export const leastRead = 1 - mostMissing;

/** Returns how long a phase has to be for a metric that is read so often to hold in it, ms: one value may be missing in it. */
export function toNeededMs(everyMs: number): number {
  return (leastValues + 1) * everyMs;
}

/** Returns for what share of a phase a metric was read, 0 to 1: each value stands for the time until the next one is due. Undefined in older journals. */
export function toReadShare(
  { read, everyMs }: Pick<MetricMeasurement, 'read' | 'everyMs'>,
  lengthMs: number,
): number | undefined {
  return everyMs === undefined ? undefined : Math.min(1, (read * everyMs) / lengthMs);
}

/**
 * Judges a metric: it keeps its bound when each of its values does, whatever smoothing is wanted, the query does. One value says nothing of the time after it,
 * so it holds only where enough were read through the phase of `lengthMs`.
 */
export function judgeMetric(
  tolerance: Tolerance,
  metric: MetricMeasurement,
  lengthMs: number,
): ToleranceJudgement {
  const { read, missing, problem, least, most, everyMs } = metric;
  const observed = tolerance.comparison === '>=' ? least : most;
  const of = read + missing;
  const remark =
    missing === 0 ? {} : { problem: `no value ${missing} of ${of} times, since ${problem}` };
  if (observed !== null && !meets(tolerance, observed))
    return { tolerance, finding: 'deviated', observed, ...remark };
  const open = { tolerance, finding: 'inconclusive', observed } as const;
  if (of === 0 && everyMs === undefined)
    return { ...open, undecided: 'no-value', problem: 'it was not asked for' };
  if (missing > mostMissing * of) return { ...open, undecided: 'no-value', ...remark };
  const isRead = (toReadShare(metric, lengthMs) ?? 1) >= leastRead;
  const isEnough = everyMs === undefined || (read >= leastValues && isRead);
  return isEnough
    ? { tolerance, finding: 'held', observed, ...remark }
    : { ...open, undecided: 'too-few-values' };
}
