import { toArrivals } from '../domain/arrivals.ts';
import { countLosses } from '../domain/attribution.ts';
import { describeAttribution } from '../domain/describe-attribution.ts';
import { printComparison, type Comparison } from '../domain/compare-runs.ts';
import { describeUnmeasured, printCoverage } from '../domain/describe-gaps.ts';
import { printAfter, printPodsWanted } from '../domain/describe-recovery.ts';
import { describeSource } from '../domain/describe-injection.ts';
import { printDuration } from '../domain/duration.ts';
import { printEffect, toEffect } from '../domain/effect.ts';
import { explainEnd } from '../domain/explain-end.ts';
import { toHeadline } from '../domain/headline.ts';
import { printHeadline } from '../domain/print-headline.ts';
import { explainUndecided } from '../domain/explain-undecided.ts';
import { findOpenIn } from '../domain/open-questions.ts';
import { toFaultWindows } from '../domain/fault-windows.ts';
import { toRecoveryCurve } from '../domain/recovery-curve.ts';
import { printGuard } from '../domain/guard.ts';
import { isMetric, isQuantile, printTolerance } from '../domain/hypothesis.ts';
import { printMetricValue } from '../domain/metric.ts';
import type { ToleranceJudgement } from '../domain/judgement.ts';
import type { PhaseMeasurement } from '../domain/measurement.ts';
import { toOutlook } from '../domain/outlook.ts';
import { printOutlook } from '../domain/print-outlook.ts';
import { toNextSteps } from '../domain/next-steps.ts';
import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { toRunMarks } from './describe-marks.ts';
import { printCurve, printWindows } from './describe-fault.ts';
import { printPeaks } from './describe-guards.ts';
import { printFault, toFact, toProposalFacts, type Fact } from './describe-proposal.ts';
import { printSpending } from './describe-price.ts';
import { toTimeline } from './describe-timeline.ts';
import { printOutcome, toRunState } from './run-state.ts';
import template from './summary-card.json' with { type: 'json' };
import {
  escapeMarkdown,
  longestName,
  printAvailability,
  printClock,
  printFailures,
  printInterval,
  printLatency,
  printShare,
} from './text.ts';

export type SummaryExtras = {
  /** Where all of the evidence can be read. */
  readonly reportUrl?: string;
  /** How it came out beside earlier runs of the same kind. */
  readonly comparison?: Comparison;
};

/** What came of a run, with the evidence. */
export function renderSummaryCard(
  run: Run,
  { reportUrl, comparison }: SummaryExtras = {},
): AdaptiveCard {
  const state = toRunState(run);
  const why = explainEnd(run) ?? 'The run has not ended yet.';
  const headline = toHeadline(run);
  const inShort = headline ? printHeadline(headline) : '';
  const outlook = comparison?.outlook ?? toOutlook(run, []);
  const first = { inShort: escapeMarkdown(inShort), why: escapeMarkdown(why) };
  const shown = {
    ...first,
    speak: `Summary of run ${run.id}. ${state.word}. ${inShort || why}`,
    style: state.style,
    headline: `${state.symbol} ${printOutcome(run)}`,
    title: `Summary · ${escapeMarkdown(run.proposal.title, 2 * longestName)} · ${run.id}`,
    marks: toRunMarks(run),
    rows: toRows(run),
    // Without a measurement under the fault, only the steady state before it was judged.
    hypothesis: `${run.observed ? 'Hypothesis' : 'Before any fault'}: ${escapeMarkdown(run.proposal.hypothesis.title)}`,
    tolerances: toToleranceLines(run),
    timeline: toTimeline(run).map((text) => ({ text })),
    facts: [
      ...toFact('Guardrail', printTrip(run)),
      ...toFact(
        'Would it happen again?',
        outlook && escapeMarkdown(printOutlook(outlook), Infinity),
      ),
      ...toFact('Compared with earlier runs', comparison && printComparison(comparison)),
      ...toFacts(run),
    ],
    details: toDetails(run),
    reports: reportUrl === undefined ? [] : [{ url: reportUrl }],
    nextSteps: toNextSteps(run)
      .slice(0, mostSteps)
      .map((text) => ({ text: escapeMarkdown(text) })),
  };
  return expandTemplate(template, shown, Object.values(first));
}

type Cell = { readonly text: string; readonly weight: 'Bolder' | 'Default' };

/** The numbers of the three phases side by side; none when nothing was measured. */
function toRows(run: Run): { cells: Cell[] }[] {
  const phases = [run.baseline, run.observed, run.recovered].map((phase) => phase?.measurement);
  if (phases.every((phase) => phase === undefined)) return [];
  const row = (title: string, print: (phase: PhaseMeasurement) => string): { cells: Cell[] } => ({
    cells: [
      { text: title, weight: 'Bolder' },
      ...phases.map((phase) => ({ text: phase ? print(phase) : '–', weight: 'Default' as const })),
    ],
  });
  const header = ['', 'Before', 'Fault', 'After'].map((text): Cell => ({
    text,
    weight: 'Bolder',
  }));
  return [
    { cells: header },
    row('Availability', ({ predictions }) => printAvailability(predictions)),
    row('95 % sure', ({ predictions }) =>
      printInterval(predictions, toArrivals(run.proposal.service.scoring)),
    ),
    row('Good / measured', ({ predictions: { good, sent } }) => `${good} / ${sent}`),
    row('Failures', ({ predictions }) => printFailures(predictions.failures)),
    row('Measured / due', ({ predictions }) => printCoverage(predictions)),
    row('p50', ({ predictions }) => printLatency(predictions.latency?.p50Ms)),
    row('p95', ({ predictions }) => printLatency(predictions.latency?.p95Ms)),
    row('Fewest ready', ({ pods: { leastReady, desired, unseenMs } }) =>
      unseenMs === undefined
        ? `${leastReady} of ${desired}`
        : `${leastReady} of ${desired}, unseen for ${printDuration(unseenMs)}`,
    ),
    row('Measured', ({ startedAt, endedAt }) => printDuration(endedAt - startedAt)),
  ];
}

const findingWords = {
  held: '✔ held in this run',
  deviated: '✖ deviated',
  inconclusive: '? inconclusive',
} as const;

const mostTolerances = 10;
const mostSteps = 6;

/** How each tolerance was judged, what did not hold first; of many the first ones, and how many more. */
function toToleranceLines(run: Run): { text: string }[] {
  const judged = run.observed?.judgement.tolerances ?? run.baseline?.judgement.tolerances ?? [];
  const ordered = judged.toSorted(
    (left, right) => severity.indexOf(left.finding) - severity.indexOf(right.finding),
  );
  const lines = ordered.slice(0, mostTolerances).map((one) => toToleranceLine(one, run));
  const rest = ordered.slice(mostTolerances);
  const held = rest.filter(({ finding }) => finding === 'held').length;
  return rest.length === 0
    ? lines
    : [...lines, { text: `${rest.length} more, ${held} of them held: the report has them all` }];
}

const severity: readonly ToleranceJudgement['finding'][] = ['deviated', 'inconclusive', 'held'];

function toToleranceLine(judged: ToleranceJudgement, run: Run): { text: string } {
  const { tolerance, finding, observed, kept, problem } = judged;
  const within = kept === undefined ? '' : `, ${printShare(kept)} right within it`;
  const seen =
    observed === null
      ? 'nothing observed'
      : `observed ${printObserved(tolerance.signal, observed)}${within}`;
  const phase = run.observed ? 'observed' : 'baseline';
  const open = findOpenIn(run, phase).find((one) => one.tolerance === tolerance);
  // A bound may be kept although some values are missing.
  const missing = problem === undefined ? '' : `, ${escapeMarkdown(problem, Infinity)}`;
  const why = open ? `. ${escapeMarkdown(explainUndecided(open, run), Infinity)}` : missing;
  return {
    text: `${findingWords[finding]}: ${escapeMarkdown(printTolerance(tolerance))}, ${seen}${why}`,
  };
}

function printObserved(
  signal: ToleranceJudgement['tolerance']['signal'],
  observed: number,
): string {
  if (isQuantile(signal)) return printLatency(observed);
  if (isMetric(signal)) return printMetricValue(observed);
  return signal === 'pods ready' ? `${observed}` : printShare(observed);
}

/** What the team asks first. */
function toFacts(run: Run): Fact[] {
  const recovery = run.recovered?.recovery;
  const effect = toEffect(run);
  return [
    ...toFact('Change vs. baseline', effect && printEffect(effect)),
    ...(recovery
      ? [
          {
            title: 'Pods back',
            value: `${printBack(recovery.podsReadyAfterMs, recovery.podsReadyNotBeforeMs)}${printPodsWanted(recovery)}`,
          },
          {
            title: 'Predictions back',
            value: printBack(recovery.predictionsGoodAfterMs, recovery.predictionsGoodNotBeforeMs),
          },
        ]
      : []),
    ...(recovery?.metricsGoodAfterMs === undefined
      ? []
      : [
          {
            title: 'Metrics back',
            value: printBack(recovery.metricsGoodAfterMs, recovery.metricsGoodNotBeforeMs),
          },
        ]),
    ...toGapFacts(run),
    ...toFact('Spent', printSpending(run)),
    ...pickFacts(run, ['Approved by', 'Digest']),
  ];
}

/** The guard that ended the fault, with its numbers; undefined where none did. */
function printTrip({ trip }: Run): string | undefined {
  if (!trip) return undefined;
  return escapeMarkdown(`${printGuard(trip.guard)}: ${trip.reason}, at ${printClock(trip.at)} UTC`);
}

/** What is asked by those who doubt it. */
function toDetails(run: Run): Fact[] {
  const { faultEndedAt, observed, proposal } = run;
  const beganAt = observed?.measurement.startedAt;
  const lasted = beganAt && faultEndedAt ? printDuration(faultEndedAt - beganAt) : undefined;
  const windows = proposal.rehearsal ? undefined : toFaultWindows(run);
  const curve = toRecoveryCurve(run);
  return [
    { title: 'Asked', value: printFault(proposal.fault) },
    ...(lasted && !proposal.rehearsal
      ? [{ title: 'Fault', value: `${describeSource(run)}, active for ${lasted}` }]
      : []),
    ...toFact('Asked and seen', windows && printWindows(windows)),
    ...toFact('Guards', printPeaks(run)),
    ...toFact('Recovery', curve && printCurve(curve)),
    ...toFact('Attribution', describeAttribution(countLosses(run))),
    ...pickFacts(run, ['Service', 'Proposed by']),
  ];
}

function printBack(afterMs: number | null, notBeforeMs?: number): string {
  if (afterMs === null) return 'not within the limit';
  return printAfter({ afterMs, notBeforeMs });
}

/** What was due and not measured in each phase, and why. */
function toGapFacts({ baseline, observed, recovered }: Run): Fact[] {
  const phases = [
    ['before', baseline],
    ['fault', observed],
    ['after', recovered],
  ] as const;
  return phases.flatMap(([name, phase]) =>
    toFact(`Not measured (${name})`, phase && describeUnmeasured(phase.measurement.predictions)),
  );
}

function pickFacts(run: Run, titles: readonly string[]): Fact[] {
  return toProposalFacts(run).filter(({ title }) => titles.includes(title));
}
