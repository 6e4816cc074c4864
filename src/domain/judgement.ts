import { toOpposite, type Interval } from '../evidence/statistics/interval.ts';
import { judgeShare, toLostInterval, type Arrivals } from '../evidence/statistics/judge-share.ts';
import { defaultLeastCoverage } from './coverage.ts';
import {
  isMetric,
  isQuantile,
  quantileShare,
  toMetricName,
  type Hypothesis,
  type Quantile,
  type Tolerance,
} from './hypothesis.ts';
import { judgeMetric } from './judge-metric.ts';
import {
  countAnswered,
  countDue,
  type PhaseMeasurement,
  type PredictionMeasurement,
} from './measurement.ts';
import { toUnread } from './metric.ts';

/** What one phase says of a tolerance. It is about this phase of this run, not about the next one. */
export type Finding = 'held' | 'deviated' | 'inconclusive';

/** Why a phase can't say whether a bound was kept. */
const undecidedReasons = [
  'nothing-measured',
  /** Too few of the due predictions were measured. */
  'too-few-measured',
  /** It was known too late when the fault began and ended, so that the phase holds too much of other time, or misses too much. */
  'misdated',
  /** Too few of the due predictions were answered, for a tolerance on answers. */
  'too-few-answered',
  /** The error of the measurement reaches across the bound. */
  'measuring-error',
  /** A metric had no value too often. */
  'no-value',
  /** A metric was read too seldom for its values to speak for the phase. */
  'too-few-values',
  /** The cluster showed the pods for too little of the time. */
  'pods-unseen',
] as const;
export type UndecidedReason = (typeof undecidedReasons)[number];

export type ToleranceJudgement = {
  readonly tolerance: Tolerance;
  readonly finding: Finding;
  /** The observed value in the tolerance's own unit; null when nothing could be observed. */
  readonly observed: number | null;
  /** For shares and quantiles: the 95% interval of the share of this phase's time in which the bound was kept. */
  readonly interval?: Interval;
  /** For quantiles: the share of the measured predictions that were right within the bound, 0 to 1. */
  readonly kept?: number;
  /** Why it is inconclusive. Absent in journals from before it was recorded. */
  readonly undecided?: UndecidedReason;
  /** The share of the due predictions that were measured, or answered, or of the time in which pods were seen, where that is too little, 0 to 1. */
  readonly coverage?: number;
  /** For a metric: how often it had no value, and why; absent where it always had one. */
  readonly problem?: string;
};

export type Judgement = {
  readonly finding: Finding;
  readonly tolerances: readonly ToleranceJudgement[];
};

/**
 * A bound of 100% holds when every due prediction was measured and good, and so many were that the phase was certainly good for this share of its time
 * (369 predictions). No number of predictions shows more.
 */
export const leastSureOfAll = 0.99;

/**
 * Judges a hypothesis on what one phase measured. A share counts as held or deviated only when its 95% interval lies wholly on one side of the bound, else the
 * phase can't tell. A phase of which too little was measured can deviate but never hold: it deviates when what was measured broke the bound over all that was
 * due.
 */
export function judgeHypothesis(
  hypothesis: Hypothesis,
  measurement: PhaseMeasurement,
  arrivals: Arrivals = 'jittered',
): Judgement {
  const { leastCoverage = defaultLeastCoverage } = hypothesis;
  const tolerances = hypothesis.tolerances.map((tolerance) => {
    const judged = requireBroken(judgeTolerance(tolerance, measurement, arrivals), measurement);
    return requireSight(
      requireCoverage(judged, measurement, leastCoverage),
      measurement,
      leastCoverage,
    );
  });
  return { finding: combine(tolerances.map(({ finding }) => finding)), tolerances };
}

/** One deviated tolerance deviates the whole; otherwise one that cannot be told leaves the whole untold. */
export function combine(findings: readonly Finding[]): Finding {
  if (findings.includes('deviated')) return 'deviated';
  return findings.includes('inconclusive') || findings.length === 0 ? 'inconclusive' : 'held';
}

/**
 * Makes a finding inconclusive when the clock was set back, and "deviated" when the bound may have been kept under the
 * fault: if all that was not measured was good, and all that was lost in the time that may lie outside of the fault was
 * lost there. Pods and metrics have no times here, so theirs may have been outside, too.
 */
function requireBroken(
  judged: ToleranceJudgement,
  measurement: PhaseMeasurement,
): ToleranceJudgement {
  const { startedAt, endedAt, misdatedMs = 0, isClockSetBack, predictions } = measurement;
  const misdated = { ...judged, finding: 'inconclusive', undecided: 'misdated' } as const;
  if (isClockSetBack) return misdated;
  if (judged.finding !== 'deviated') return judged;
  const share = toShare(judged.tolerance);
  if (share === undefined) return misdatedMs === 0 ? judged : misdated;
  const due = countDue(predictions);
  const unmeasured = due - predictions.sent;
  const of = countJudged(judged.tolerance, predictions);
  const lost = of * (1 - (judged.interval?.upper ?? 1));
  const allowed = (1 - share) * (of + unmeasured);
  if (unmeasured > 0 && lost <= allowed) {
    const coverage = predictions.sent / due;
    return { ...judged, finding: 'inconclusive', undecided: 'too-few-measured', coverage };
  }
  const lostOutside = (due * misdatedMs) / (endedAt - startedAt);
  return misdatedMs > 0 && lost - lostOutside <= allowed ? misdated : judged;
}

/** Returns the share of predictions that must keep a bound, 0 to 1; undefined for what is no share. */
function toShare({ signal, bound }: Tolerance): number | undefined {
  if (isQuantile(signal)) return quantileShare[signal];
  return isShare(signal) ? bound : undefined;
}

/** Returns how many measured predictions a share is judged on: `correct` has nothing to say of those without an answer. */
function countJudged({ signal }: Tolerance, predictions: PredictionMeasurement): number {
  return signal === 'correct' ? countAnswered(predictions) : predictions.sent;
}

/** Takes back "held" where too little of what was due is known. Then that is what a person can change, also where the measuring error was too large. */
function requireCoverage(
  judged: ToleranceJudgement,
  measurement: PhaseMeasurement,
  least: number,
): ToleranceJudgement {
  const due = countDue(measurement.predictions);
  if (judged.finding === 'deviated' || judged.undecided === 'no-value' || due === 0) return judged;
  const { signal, bound } = judged.tolerance;
  const needed = bound === 1 && isShare(signal) ? 1 : least;
  const reason = findGap(measurement, signal, { needed, least });
  return reason ? { ...judged, finding: 'inconclusive', ...reason } : judged;
}

function findGap(
  { predictions, startedAt, endedAt, misdatedMs = 0 }: PhaseMeasurement,
  signal: Tolerance['signal'],
  { needed, least }: { readonly needed: number; readonly least: number },
): Pick<ToleranceJudgement, 'undecided' | 'coverage'> | undefined {
  const due = countDue(predictions);
  const measured = predictions.sent / due;
  if (measured < needed) return { undecided: 'too-few-measured', coverage: measured };
  const dated = 1 - misdatedMs / (endedAt - startedAt);
  if (misdatedMs > 0 && dated < least) return { undecided: 'misdated' };
  const answered = countAnswered(predictions) / due;
  if (signal === 'correct' && answered < least)
    return { undecided: 'too-few-answered', coverage: answered };
  return undefined;
}

/** Makes the finding about ready pods inconclusive: "held" if they were unseen for too long, any finding if they were never seen. */
function requireSight(
  judged: ToleranceJudgement,
  { pods: { unseenMs = 0 }, startedAt, endedAt }: PhaseMeasurement,
  least: number,
): ToleranceJudgement {
  if (judged.tolerance.signal !== 'pods ready' || unseenMs === 0) return judged;
  const coverage = Math.max(0, 1 - unseenMs / (endedAt - startedAt));
  const unseen = { finding: 'inconclusive', undecided: 'pods-unseen', coverage } as const;
  if (coverage === 0) return { ...judged, ...unseen, observed: null };
  return judged.finding === 'held' && coverage < least ? { ...judged, ...unseen } : judged;
}

const isShare = (signal: Tolerance['signal']) => signal === 'availability' || signal === 'correct';

function judgeTolerance(
  tolerance: Tolerance,
  { predictions, pods, metrics = [], startedAt, endedAt }: PhaseMeasurement,
  arrivals: Arrivals,
): ToleranceJudgement {
  const { signal, bound } = tolerance;
  if (isMetric(signal)) {
    const name = toMetricName(signal);
    const metric = metrics.find((one) => one.name === name) ?? toUnread(name);
    return judgeMetric(tolerance, metric, endedAt - startedAt);
  }
  if (signal === 'pods ready') {
    const finding = pods.leastReady >= bound ? 'held' : 'deviated';
    return { tolerance, finding, observed: pods.leastReady };
  }
  if (isQuantile(signal)) return judgeQuantile(tolerance, signal, predictions, arrivals);
  const { good: kept, lossRuns, wrongRuns } = predictions;
  const of = countJudged(tolerance, predictions);
  const runs = signal === 'correct' ? wrongRuns : lossRuns;
  return judgeCounts(tolerance, { share: bound, of, kept, runs }, arrivals);
}

/**
 * A quantile keeps its bound exactly when its share of the predictions does: p95 <= 300ms says that at least 95% of those that were measured were right within
 * 300 ms. No assumption about the distribution of latencies is made (Conover, Practical Nonparametric Statistics, 3.2).
 */
function judgeQuantile(
  tolerance: Tolerance,
  quantile: Quantile,
  { sent, latency, within }: PredictionMeasurement,
  arrivals: Arrivals,
): ToleranceJudgement {
  const { count = 0, runs } = within.find(({ limitMs }) => limitMs === tolerance.bound) ?? {};
  const counts = { share: quantileShare[quantile], kept: count, of: sent, runs };
  const { observed: kept, ...judged } = judgeCounts(tolerance, counts, arrivals);
  return {
    ...judged,
    observed: latency === null ? null : latency[`${quantile}Ms`],
    ...(kept === null ? {} : { kept }),
  };
}

/** Returns the 95% interval of the availability in the measured time; null when nothing was measured. */
export function toAvailabilityInterval(
  { sent, good, lossRuns }: Pick<PredictionMeasurement, 'sent' | 'good' | 'lossRuns'>,
  arrivals: Arrivals,
): Interval | null {
  if (sent === 0) return null;
  const losses = { due: sent, lost: sent - good, runs: lossRuns ?? 0 };
  return toOpposite(toLostInterval(losses, lossRuns === undefined ? 'poisson' : arrivals));
}

/** How many of how many kept a bound, in how many runs of others, and the share that must. */
type Counts = {
  readonly kept: number;
  readonly of: number;
  /** Absent in older journals, which the exact binomial interval judges. */
  readonly runs: number | undefined;
  readonly share: number;
};

function judgeCounts(
  tolerance: Tolerance,
  { share, kept, of, runs }: Counts,
  arrivals: Arrivals,
): ToleranceJudgement {
  if (of === 0)
    return { tolerance, finding: 'inconclusive', observed: null, undecided: 'nothing-measured' };
  const observed = kept / of;
  const { finding, interval } = judgeShare(
    { due: of, lost: of - kept, runs: runs ?? 0 },
    { bound: share, arrivals: runs === undefined ? 'poisson' : arrivals },
  );
  const isAll = share === 1 && kept === of && interval.lower >= leastSureOfAll;
  if (isAll) return { tolerance, finding: 'held', observed, interval };
  if (finding !== 'inconclusive') return { tolerance, finding, observed, interval };
  return { tolerance, finding, observed, interval, undecided: 'measuring-error' };
}
