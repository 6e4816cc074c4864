import { toBinomialInterval } from '../evidence/statistics/binomial-interval.ts';
import type { Interval } from '../evidence/statistics/interval.ts';
import {
  isMetric,
  isQuantile,
  quantileShare,
  toMetricName,
  type Hypothesis,
  type Quantile,
  type Tolerance,
} from './hypothesis.ts';
import { countAnswered, type PhaseMeasurement, type PredictionMeasurement } from './measurement.ts';
import { toUnread, type MetricMeasurement } from './metric.ts';
import { countMissing, findSide, type Count } from './sample-size.ts';

/** What the evidence of one phase says of a tolerance. */
export type Finding = 'held' | 'deviated' | 'inconclusive';

export type ToleranceJudgement = {
  readonly tolerance: Tolerance;
  readonly finding: Finding;
  /** The observed value in the tolerance's own unit; null when nothing could be observed. */
  readonly observed: number | null;
  /** For shares and quantiles: the exact 95 % interval of the share of predictions that kept the bound. */
  readonly interval?: Interval;
  /** Where too few predictions leave it untold: how many more to send would have decided it, had they gone the same way. */
  readonly missing?: number;
  /** For a metric: why it had no value, when it had none often enough to leave it untold. */
  readonly problem?: string;
};

export type Judgement = {
  readonly finding: Finding;
  readonly tolerances: readonly ToleranceJudgement[];
};

/**
 * Judges a hypothesis on what one phase measured. A share counts as held or deviated only when its exact
 * 95 % interval lies wholly on one side of the bound, else the phase cannot tell.
 */
export function judgeHypothesis(hypothesis: Hypothesis, measurement: PhaseMeasurement): Judgement {
  const tolerances = hypothesis.tolerances.map((tolerance) =>
    judgeTolerance(tolerance, measurement),
  );
  return { finding: combine(tolerances.map(({ finding }) => finding)), tolerances };
}

/** One deviated tolerance deviates the whole; otherwise one that cannot be told leaves the whole untold. */
export function combine(findings: readonly Finding[]): Finding {
  if (findings.includes('deviated')) return 'deviated';
  return findings.includes('inconclusive') || findings.length === 0 ? 'inconclusive' : 'held';
}

/** Whether a baseline is steady: every tolerance is met by the value observed, a metric by as many as have to be. No fault is injected otherwise. */
export function isSteady(judgement: Judgement): boolean {
  return judgement.tolerances.every(({ tolerance, observed, problem }) => {
    return observed !== null && problem === undefined && meets(tolerance, observed);
  });
}

/** Whether a value keeps the bound of a tolerance. */
export function meets({ comparison, bound }: Tolerance, observed: number): boolean {
  return comparison === '>=' ? observed >= bound : observed <= bound;
}

function judgeTolerance(
  tolerance: Tolerance,
  { predictions, pods, metrics = [] }: PhaseMeasurement,
): ToleranceJudgement {
  const { signal, bound } = tolerance;
  if (isMetric(signal)) {
    const name = toMetricName(signal);
    return judgeMetric(tolerance, metrics.find((metric) => metric.name === name) ?? toUnread(name));
  }
  if (signal === 'pods ready') {
    const finding = pods.leastReady >= bound ? 'held' : 'deviated';
    return { tolerance, finding, observed: pods.leastReady };
  }
  const { sent, good } = predictions;
  if (isQuantile(signal)) return judgeQuantile(tolerance, signal, predictions);
  const of = signal === 'correct' ? countAnswered(predictions) : sent;
  return judgeShare(tolerance, { share: bound, kept: good, of, sent });
}

/**
 * A quantile keeps its bound exactly when its share of the answers does: p95 <= 300ms says that at least 95 % come
 * within 300 ms. That share is binomial whatever the distribution of latencies (Conover, Practical Nonparametric Statistics, 3.2).
 */
function judgeQuantile(
  tolerance: Tolerance,
  quantile: Quantile,
  { sent, good, latency, within }: PredictionMeasurement,
): ToleranceJudgement {
  const kept = within.find(({ limitMs }) => limitMs === tolerance.bound)?.count ?? 0;
  const judged = judgeShare(tolerance, { share: quantileShare[quantile], kept, of: good, sent });
  return { ...judged, observed: latency === null ? null : latency[`${quantile}Ms`] };
}

/** So large a share of a metric's values may be missing before nothing can be said of it. */
const mostMissing = 0.2;

/** A metric keeps its bound when each of its values does: whatever smoothing is wanted, the query does. */
function judgeMetric(
  tolerance: Tolerance,
  { read, missing, problem, least, most }: MetricMeasurement,
): ToleranceJudgement {
  const observed = tolerance.comparison === '>=' ? least : most;
  if (observed !== null && !meets(tolerance, observed))
    return { tolerance, finding: 'deviated', observed };
  if (observed !== null && missing <= mostMissing * (read + missing))
    return { tolerance, finding: 'held', observed };
  const of = read + missing;
  const why =
    of === 0 ? 'it was not asked for' : `no value ${missing} of ${of} times, since ${problem}`;
  return { tolerance, finding: 'inconclusive', observed, problem: why };
}

function judgeShare(
  tolerance: Tolerance,
  count: Count & { readonly sent: number },
): ToleranceJudgement {
  const { share, kept, of } = count;
  const interval = toBinomialInterval(kept, of);
  const observed = of === 0 ? null : kept / of;
  if (of > 0 && share === 1) {
    return { tolerance, finding: kept === of ? 'held' : 'deviated', observed, interval };
  }
  const side = findSide(count);
  if (side !== 'around')
    return { tolerance, finding: side === 'above' ? 'held' : 'deviated', observed, interval };
  const missing = countMissing(count);
  if (missing === undefined) return { tolerance, finding: 'inconclusive', observed, interval };
  // Where only a part of the predictions counts, so many more have to be sent.
  const toSend = of === 0 ? missing : Math.ceil((missing * count.sent) / of);
  return { tolerance, finding: 'inconclusive', observed, interval, missing: toSend };
}
