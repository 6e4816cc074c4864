import { printKept } from '../domain/describe-finding.ts';
import { describeQuantile } from '../domain/describe-quantile.ts';
import { findCutFault } from '../domain/ended-early.ts';
import { explainUndecided } from '../domain/explain-undecided.ts';
import { isMetric, printTolerance } from '../domain/hypothesis.ts';
import type { Finding, ToleranceJudgement } from '../domain/judgement.ts';
import { printMetricValue } from '../domain/metric.ts';
import { findOpenIn } from '../domain/open-questions.ts';
import type { Run } from '../domain/run.ts';
import { printLatency, printShare } from '../domain/print-numbers.ts';
import { escapeMarkdown } from './text.ts';

const findingWords: Readonly<Record<Finding, string>> = {
  held: '✔ held in this run',
  deviated: '✖ deviated',
  inconclusive: '? inconclusive',
};

/** What a fault that was cut short kept has no tick: it did not hold. */
function printFinding(finding: Finding, run: Run): string {
  const cut = run.observed && findCutFault(run);
  return cut && finding === 'held' ? `– ${printKept(cut)}` : findingWords[finding];
}

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
    : [...lines, `${rest.length} more, ${held} of them kept: the report has them all`];
}

const severity: readonly ToleranceJudgement['finding'][] = ['deviated', 'inconclusive', 'held'];

function toToleranceLine(judged: ToleranceJudgement, run: Run): string {
  const { tolerance, finding, problem } = judged;
  const phase = run.observed ? 'observed' : 'baseline';
  const open = findOpenIn(run, phase).find((one) => one.tolerance === tolerance);
  // A bound may be kept although some values are missing.
  const missing = problem === undefined ? '' : `, ${escapeMarkdown(problem, Infinity)}`;
  const undecided = open && explainUndecided(open, run);
  // The verdict above says it already, for all tolerances that share the reason.
  const isSaid = undecided !== undefined && run.end?.why.includes(undecided) === true;
  const why = isSaid || !undecided ? missing : `. ${escapeMarkdown(undecided, Infinity)}`;
  return `${printFinding(finding, run)}: ${escapeMarkdown(printTolerance(tolerance))}, ${printObserved(judged)}${why}`;
}

function printObserved(judged: ToleranceJudgement): string {
  const { observed, tolerance } = judged;
  const quantile = describeQuantile(judged, { share: printShare, latency: printLatency });
  if (quantile !== undefined) return quantile;
  if (observed === null) return 'nothing observed';
  if (isMetric(tolerance.signal)) return `observed ${printMetricValue(observed)}`;
  return `observed ${tolerance.signal === 'pods ready' ? observed : printShare(observed)}`;
}
