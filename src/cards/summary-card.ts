import { countLosses } from '../domain/attribution.ts';
import { describeAttribution } from '../domain/describe-attribution.ts';
import { listBackFacts, printBackFact } from '../domain/back-facts.ts';
import { printComparison, type Comparison } from '../domain/compare-runs.ts';
import { describeUnmeasured } from '../domain/describe-gaps.ts';
import { printAfter, printPodsWanted } from '../domain/describe-recovery.ts';
import { describeTrip } from '../domain/describe-trip.ts';
import { describeSource } from '../domain/describe-injection.ts';
import { printDuration } from '../domain/duration.ts';
import { printEffect, toEffect } from '../domain/effect.ts';
import { explainEnd } from '../domain/explain-end.ts';
import { toHeadline } from '../domain/headline.ts';
import { findBetween } from '../domain/list-gaps.ts';
import { printHeadline } from '../domain/print-headline.ts';
import { toFaultWindows } from '../domain/fault-windows.ts';
import { toRecoveryCurve } from '../domain/recovery-curve.ts';
import { toSpending } from '../domain/spending.ts';
import { printGuard } from '../domain/guard.ts';
import { toOutlook } from '../domain/outlook.ts';
import { printOutlook } from '../domain/print-outlook.ts';
import { toNextSteps } from '../domain/next-steps.ts';
import type { Run } from '../domain/run.ts';
import type { Recovery } from '../domain/run-event.ts';
import { expandFirstThatFits, type AdaptiveCard } from './adaptive-card.ts';
import { toRunMarks } from './describe-marks.ts';
import { printCurve, printWindows } from './describe-fault.ts';
import { printPeaks } from './describe-guards.ts';
import { printFault, toFact, toProposalFacts, type Fact } from './describe-proposal.ts';
import { printSpending } from './describe-price.ts';
import { pickMoments, toTimeline } from './describe-timeline.ts';
import { toToleranceLines } from './describe-tolerances.ts';
import { printOutcome, toRunState } from './run-state.ts';
import template from './summary-card.json' with { type: 'json' };
import { toSummaryTable } from './summary-table.ts';
import { escapeMarkdown, escapeReason, longestName, longestReason } from './text.ts';

export type SummaryExtras = {
  /** Where all of the evidence can be read. */
  readonly reportUrl?: string;
  /** How it came out beside earlier runs of the same kind. */
  readonly comparison?: Comparison;
};

/** How much of what the report has, too, is on the card. */
type Room = {
  readonly moments: number;
  readonly tolerances: number;
  readonly areDetailsFull: boolean;
};

/** Tried in this order: a card that is too large has fewer lines, and no line is cut. */
const rooms: readonly Room[] = [
  { moments: 14, tolerances: 10, areDetailsFull: true },
  { moments: 10, tolerances: 10, areDetailsFull: true },
  { moments: 6, tolerances: 10, areDetailsFull: true },
  { moments: 6, tolerances: 10, areDetailsFull: false },
  { moments: 3, tolerances: 6, areDetailsFull: false },
  { moments: 0, tolerances: 3, areDetailsFull: false },
];

/** Renders the card with the verdict of a run and its evidence. */
export function renderSummaryCard(run: Run, extras: SummaryExtras = {}): AdaptiveCard {
  const shown = toShown(run, extras);
  const timeline = toTimeline(run);
  const details = toDetails(run);
  const where = extras.reportUrl === undefined ? '' : ': see the report';
  const candidates = rooms.map(({ moments, tolerances, areDetailsFull }) => () => ({
    ...shown,
    tolerances: toToleranceLines(run, tolerances).map((text) => ({ text })),
    timeline: pickMoments(timeline, moments, where).map((text) => ({ text })),
    details: areDetailsFull ? details : shortenDetails(details, where),
  }));
  const { inShort, why, headline, title, nextSteps } = shown;
  const tolerances = toToleranceLines(run, rooms.at(-1)?.tolerances ?? 0);
  const steps = nextSteps.map(({ text }) => `→ ${text}`);
  const whole = [inShort, why, headline, title, ...tolerances, ...steps];
  return expandFirstThatFits(template, candidates, whole);
}

/** What is on the card however little room there is. */
function toShown(run: Run, { reportUrl, comparison }: SummaryExtras) {
  const state = toRunState(run);
  const why = explainEnd(run) ?? 'The run has not ended yet.';
  const headline = toHeadline(run);
  const inShort = headline ? printHeadline(headline) : '';
  const outlook = comparison?.outlook ?? toOutlook(run, []);
  return {
    // Its last words are often the caveat, and none of them come from people or the cluster.
    inShort: escapeMarkdown(inShort, Infinity),
    why: escapeReason(why),
    speak: `Summary of run ${run.id}. ${state.word}. ${inShort || why}`,
    style: state.style,
    headline: `${state.symbol} ${printOutcome(run)}`,
    title: `Summary · ${escapeMarkdown(run.proposal.title, 2 * longestName)} · ${run.id}`,
    marks: toRunMarks(run),
    rows: toSummaryTable(run),
    // Without a measurement under the fault, only the steady state before it was judged.
    hypothesis: `${run.observed ? 'Hypothesis' : 'Before any fault'}: ${escapeMarkdown(run.proposal.hypothesis.title)}`,
    facts: [
      ...toFact('Guardrail', printTrip(run)),
      ...toFact(
        'Would it happen again?',
        outlook && escapeMarkdown(printOutlook(outlook), Infinity),
      ),
      ...toFact('Compared with earlier runs', comparison && printComparison(comparison)),
      ...toFacts(run),
    ],
    reports: reportUrl === undefined ? [] : [{ url: reportUrl }],
    nextSteps: toNextSteps(run)
      .slice(0, mostSteps)
      .map((text) => ({ text: escapeMarkdown(text, longestStep) })),
  };
}

const mostSteps = 6;
/** With a whole command in it. */
const longestStep = 600;

/** Those by which the others are understood. */
const firstDetails = ['Asked', 'Fault', 'Service', 'Proposed by'];

function shortenDetails(details: readonly Fact[], where: string): readonly Fact[] {
  const kept = details.filter(({ title }) => firstDetails.includes(title));
  const left = details.filter((fact) => !kept.includes(fact)).map(({ title }) => title);
  return left.length === 0
    ? kept
    : [...kept, { title: 'Left out', value: `${left.join(', ')}${where}` }];
}

/** What the team asks first. */
function toFacts(run: Run): Fact[] {
  const recovery = run.recovered?.recovery;
  const effect = toEffect(run);
  return [
    ...toFact('Change vs. baseline', effect && printEffect(effect)),
    ...(recovery ? toBackFacts(run, recovery) : []),
    ...toGapFacts(run),
    ...toFact('Spent', printSpending(run)),
    ...pickFacts(run, ['Approved by', 'Digest']),
  ];
}

/** The guard that tripped, with its numbers; undefined where none did. */
function printTrip(run: Run): string | undefined {
  const trip = run.trip ?? run.lateTrip;
  return (
    trip && escapeMarkdown(`${printGuard(trip.guard)}: ${describeTrip(run, trip)}`, longestReason)
  );
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
    ...toFact('Attribution', describeAttribution(countLosses(run), toSpending(run)?.span)),
    ...pickFacts(run, ['Service', 'Proposed by']),
  ];
}

/** How the service came back; from a fault that was not seen, only metrics may have to. */
function toBackFacts(run: Run, recovery: Recovery): Fact[] {
  return listBackFacts(recovery, toRecoveryCurve(run))
    .filter(({ what }) => run.faultSeen !== undefined || what === 'metrics')
    .map((fact) => {
      const wanted = fact.what === 'pods' ? printPodsWanted(recovery) : '';
      return { title: fact.title, value: `${printBackFact(fact, printAfter)}${wanted}` };
    });
}

/** What was due and not measured in each phase and between them, and why. */
function toGapFacts(run: Run): Fact[] {
  const { baseline, observed, recovered } = run;
  const parts = [
    ['before', baseline?.measurement.predictions],
    ['fault', observed?.measurement.predictions],
    ['after', recovered?.measurement.predictions],
    ['between', findBetween(run)],
  ] as const;
  return parts.flatMap(([name, part]) =>
    toFact(`Not measured (${name})`, part && describeUnmeasured(part)),
  );
}

function pickFacts(run: Run, titles: readonly string[]): Fact[] {
  return toProposalFacts(run).filter(({ title }) => titles.includes(title));
}
