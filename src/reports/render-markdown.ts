import { describeFaultSpan } from './describe-fault-span.ts';
import { toShownFinding } from '../domain/describe-finding.ts';
import { printTolerance } from '../domain/hypothesis.ts';
import { toChartWords } from './chart-words.ts';
import { describeBackground } from './describe-background.ts';
import { toConsequenceFacts } from './describe-consequences.ts';
import { printHeadline } from '../domain/print-headline.ts';
import { toInjectionRows } from './describe-injection-facts.ts';
import { toKeyFigures } from './key-figures.ts';
import { markdown, toCode, toMarkdownTable } from './markdown.ts';
import { toAnswersTable } from './answers-table.ts';
import { toCoverageNotes, toPhaseTable } from './phase-table.ts';
import { toPodTable } from './pod-table.ts';
import { printOutageLength, printOutageSpan } from '../domain/outage-span.ts';
import { pickMoments, pickOutages } from './pick.ts';
import type { Report } from './report.ts';
import type { Safe } from './template.ts';
import {
  describeCauses,
  describeSamples,
  printFinding,
  printObserved,
  toCutFault,
  toPhaseTitle,
} from './text.ts';
import { findingSigns, toThresholds } from './thresholds.ts';
import { printClock, printOffset, printTime } from '../domain/print-time.ts';
import { printFailures } from '../domain/print-numbers.ts';
import { describeDecision, findTripped, nameTripped } from './tripped.ts';

/** The report as Markdown, to be pasted into a wiki or a ticket: what the page says, in the same order. */
export function renderMarkdown(report: Report): string {
  const { title, runId, outcome, proposal, hypothesis, nextSteps } = report;
  return markdown`# ${title}: ${outcome.word}

Chaos experiment ${runId} on service ${proposal.service}, cluster ${proposal.cluster}, ${printTime(proposal.proposedAt)}.
${report.marks.map((mark) => markdown`\n**${mark}**\n`)}
${report.headline ? markdown`\n**${printHeadline(report.headline)}**\n` : ''}
${toTripped(report) ?? outcome.why}

${toThresholds(report).map(({ tolerance, finding, value }) => markdown`- ${findingSigns[finding]} ${toCode(tolerance)} ${value}\n`)}
${toKeyFigures(report).map(({ name, value, note }) => markdown`- ${name}: **${value}** (${note})\n`)}
${toChartWords(report)}

## Hypothesis

${hypothesis.title}

${hypothesis.tolerances.map((tolerance) => markdown`- ${toCode(printTolerance(tolerance))}\n`)}
## Inject

${toInjection(report)}
## Monitor

${toMonitoring(report)}
## Infer

${outcome.why}

${toTolerances(report)}
${toConsequenceFacts(report).map(({ name, value }) => markdown`- ${name}: ${value}\n`)}
### Next

${nextSteps.map((step) => markdown`- ${step}\n`)}
## Evidence

${toEvidence(report)}`.safe.replaceAll(/\n{3,}/g, '\n\n');
}

/** The guard that tripped, with its numbers; undefined where none did. */
function toTripped(report: Report): Safe | undefined {
  const tripped = findTripped(report);
  return tripped
    ? markdown`**${nameTripped(tripped)}:** ${toCode(tripped.guard)}: ${tripped.detail}.`
    : undefined;
}

function toActual(fault: Report['fault']): string {
  const { span, rehearsed, startRequestedAt } = fault;
  if (rehearsed || startRequestedAt === null) return 'Nothing was injected.';
  return span
    ? `It ${describeFaultSpan(span, fault)}.`
    : `Its start was asked for at ${printClock(startRequestedAt)} UTC; it was not seen to become active.`;
}

function toInjection({ proposal, fault, approvals }: Report): Safe {
  return markdown`${proposal.proposer} proposed ${fault.asked}, hitting ${proposal.hits}. ${toActual(fault)} ${fault.seen ? `Seen in the cluster: ${fault.seen.text}.` : ''}

${toInjectionRows(fault).map(({ name, asked, actual }) => markdown`- ${name}: ${actual}${asked === undefined ? '' : ` (approved: ${asked})`}\n`)}
${toMarkdownTable({
  head: ['Approved by', 'As', 'When', 'Digest'],
  rows: approvals.map(({ by, roles, at, digest }) => [
    by,
    roles.join(', '),
    printTime(at),
    toCode(digest),
  ]),
})}`;
}

function toMonitoring(report: Report): Safe {
  const { guards, fault } = report;
  const [outages, moments] = [pickOutages(report), pickMoments(report)];
  return markdown`${toPhases(report)}
${toMarkdownTable({
  head: ['Outage', 'Lasted', 'Lost', 'How they failed', 'Disturbed pods and nodes'],
  rows: outages.shown.map((outage) => [
    printOutageSpan(outage),
    printOutageLength(outage),
    `${outage.lost} of ${outage.sent}`,
    printFailures(outage.failures),
    describeCauses(outage),
  ]),
})}
${outages.more}

${describeBackground(report)}

${describeSamples(report)}

${toMarkdownTable(toPodTable(report))}
${toAnswers(report)}

${toMarkdownTable({
  head: ['Guard', 'Decision', 'How near it came'],
  rows: guards.map((facts) => [facts.guard, describeDecision(facts), facts.detail]),
})}
${toMarkdownTable({
  head: ['UTC', 'From the fault', 'What happened'],
  rows: moments.shown.map(({ at, what }) => [
    printClock(at),
    fault.span ? printOffset(at - fault.span.from) : '',
    what,
  ]),
})}
${moments.more}
`;
}

function toAnswers(report: Report): Safe {
  const { caption, rows, head, notes } = toAnswersTable(report);
  return markdown`${rows.length > 0 ? `${caption}:` : ''}

${toMarkdownTable({ head, rows })}
${notes.map((note) => markdown`${note}\n\n`)}`;
}

function toPhases(report: Report): Safe {
  return report.phases.length === 0
    ? markdown`
Nothing was measured.\n
      `
    : markdown`${toMarkdownTable(toPhaseTable(report))}
${toCoverageNotes(report).map((note) => markdown`${note}\n\n`)}`;
}

function toTolerances({ hypothesis, phases, fault }: Report): Safe {
  return toMarkdownTable({
    head: ['Tolerance', ...phases.map(({ name }) => toPhaseTitle(name, fault))],
    rows:
      phases.length === 0
        ? []
        : hypothesis.tolerances.map((tolerance, index) => [
            toCode(printTolerance(tolerance)),
            ...phases.map(({ name, tolerances }) => {
              const judgement = tolerances[index];
              if (!judgement) return '–';
              const cut = name === 'fault' ? toCutFault(fault) : undefined;
              const finding = printFinding(toShownFinding(judgement.finding, cut), cut);
              return `${finding}, ${printObserved(judgement)}`;
            }),
          ]),
  });
}

function toEvidence({ runId, proposal, journal, environment, reproduce }: Report): Safe {
  return markdown`- Digest of the proposal: ${toCode(proposal.digest)}
- Last hash of the journal, ${journal.entries} entries: ${toCode(journal.lastHash ?? 'unknown')}
- To verify: ${toCode(`/chaos audit ${runId}`)}
- To do it again: ${toCode(reproduce)}
${environment.map(({ name, value }) => markdown`- ${name}: ${toCode(value)}\n`)}`;
}
