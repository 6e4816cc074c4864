import { describeQuantile } from '../domain/describe-quantile.ts';
import { explainUndecided } from '../domain/explain-undecided.ts';
import { isMetric, printTolerance } from '../domain/hypothesis.ts';
import type { ToleranceJudgement } from '../domain/judgement.ts';
import { printMetricValue } from '../domain/metric.ts';
import { findOpenIn } from '../domain/open-questions.ts';
import type { Run } from '../domain/run.ts';
import { printLatency, printShare } from '../domain/print-numbers.ts';
import { escapeMarkdown } from './text.ts';

const findingWords = {
  held: '✔ held in this run',
  deviated: '✖ deviated',
  inconclusive: '? inconclusive',
} as const;

/** Says how each tolerance was judged, what did not hold first; of many the first ones, and how many more. */
export function toToleranceLines(run: Run, most: number): string[] {
  const judged = run.observed?.judgement.tolerances ?? run.baseline?.judgement.tolerances ?? [];
  const ordered = judged.toSorted(
    (left, right) => severity.indexOf(left.finding) - severity.indexOf(right.finding),
  );
  const lines = ordered.slice(0, most).map((one) => toToleranceLine(one, run));
  const rest = ordered.slice(most);
  const held = rest.filter(({ finding }) => finding === 'held').length;
  return rest.length === 0
    ? lines
    : [...lines, `${rest.length} more, ${held} of them held: the report has them all`];
}

const severity: readonly ToleranceJudgement['finding'][] = ['deviated', 'inconclusive', 'held'];

function toToleranceLine(judged: ToleranceJudgement, run: Run): string {
  const { tolerance, finding, problem } = judged;
  const phase = run.observed ? 'observed' : 'baseline';
  const open = findOpenIn(run, phase).find((one) => one.tolerance === tolerance);
  // A bound may be kept although some values are missing.
  const missing = problem === undefined ? '' : `, ${escapeMarkdown(problem, Infinity)}`;
  const why = open ? `. ${escapeMarkdown(explainUndecided(open, run), Infinity)}` : missing;
  return `${findingWords[finding]}: ${escapeMarkdown(printTolerance(tolerance))}, ${printObserved(judged)}${why}`;
}

function printObserved(judged: ToleranceJudgement): string {
  const { observed, tolerance } = judged;
  const quantile = describeQuantile(judged, { share: printShare, latency: printLatency });
  if (quantile !== undefined) return quantile;
  if (observed === null) return 'nothing observed';
  if (isMetric(tolerance.signal)) return `observed ${printMetricValue(observed)}`;
  return `observed ${tolerance.signal === 'pods ready' ? observed : printShare(observed)}`;
}
