import { printDuration } from '../domain/duration.ts';
import { printTolerance } from '../domain/hypothesis.ts';
import { printDigest } from '../domain/proposal.ts';
import { html, nothing, toTable } from './html.ts';
import { describeBackground } from './describe-background.ts';
import { toInjectionRows } from './describe-injection-facts.ts';
import { toCoverageNotes, toPhaseTable } from './phase-table.ts';
import { toAnswersTable } from './answers-table.ts';
import { toPodTable } from './pod-table.ts';
import { printOutageLength, printOutageSpan } from '../domain/outage-span.ts';
import { pickMoments, pickOutages } from './pick.ts';
import type { FaultFacts, Outage, PhaseFacts, Report } from './report.ts';
import type { Part, Safe } from './template.ts';
import { printClock, printOffset, printTime } from '../domain/print-time.ts';
import { printFailures, printInterval } from '../domain/print-numbers.ts';
import { describeDecision } from './tripped.ts';
import { actorWords, describeCauses, describeSamples } from './text.ts';

export function toHypothesis({ hypothesis }: Report): Safe {
  return html`<section id="hypothesis" aria-labelledby="h-hypothesis">
    <h2 id="h-hypothesis">Hypothesis</h2>
    <p class="claim">${hypothesis.title}</p>
    <p>It holds if, before the fault, during it and after it:</p>
    <ul>
      ${hypothesis.tolerances.map((tolerance) => html`<li><code>${printTolerance(tolerance)}</code></li>`)}
    </ul>
  </section>`;
}

export function toBaseline({ phases }: Report): Safe {
  const before = phases.find(({ name }) => name === 'before');
  return html`<section id="baseline" aria-labelledby="h-baseline">
    <h2 id="h-baseline">Baseline</h2>
    <p>${before ? describeBaseline(before) : 'No baseline was measured.'}</p>
  </section>`;
}

function describeBaseline({ startedAt, endedAt, good, sent, interval }: PhaseFacts): string {
  const sure = interval ? ` (with 95 % confidence ${printInterval(interval)})` : '';
  return `Without a fault, from ${printClock(startedAt)} for ${printDuration(endedAt - startedAt)}, ${good} of ${sent} measured predictions were good${sure}.`;
}

export function toInjection({ fault, proposal, approvals }: Report): Safe {
  const actual =
    fault.startRequestedAt === null || fault.rehearsed
      ? html`<p>Nothing was injected.</p>`
      : toFaultTable(fault);
  return html`<section id="inject" aria-labelledby="h-inject">
    <h2 id="h-inject">Inject</h2>
    <p>${proposal.proposer} proposed <strong>${fault.asked}</strong>, hitting ${proposal.hits}.</p>
    ${
      proposal.warnings.length > 0
        ? html`<ul>
            ${proposal.warnings.map((warning) => html`<li>${warning}</li>`)}
          </ul>`
        : nothing
    }
    ${toTable({
      caption: 'Approvals',
      head: ['Who', 'As', 'When', 'Digest approved'],
      rows: approvals.map(({ by, roles, at, digest }) => [
        by,
        roles.join(', '),
        printTime(at),
        html`<code>${printDigest(digest)}</code>`,
      ]),
    })}
    ${actual}
  </section>`;
}

/** What was asked for beside what happened. */
function toFaultTable(fault: FaultFacts): Safe {
  const { span, askedMs, startRequestedAt, azure, activeAt, seen, endedAs } = fault;
  const toClock = (at: number | null | undefined) => (at ? printClock(at) : '–');
  return toTable({
    caption: 'The fault, asked and actual, UTC',
    head: ['What', 'Asked', 'Actual'],
    rows: [
      ['Began', toClock(startRequestedAt), toClock(span?.from)],
      ['Lasted', printDuration(askedMs), span ? printDuration(span.until - span.from) : '–'],
      ['Confirmed gone', '–', toClock(span?.until)],
      ...(azure
        ? [[nameAzureTimes(fault), '–', `${toClock(azure.from)} to ${toClock(azure.until)}`]]
        : []),
      ['Chaos Studio', '–', `active at ${toClock(activeAt)}, ended as ${endedAs ?? 'unknown'}`],
      ['Seen in the cluster', '–', seen ? describeSeen(seen) : 'never'],
      ...toInjectionRows(fault).map(({ name, asked = '–', actual }) => [name, asked, actual]),
    ],
  });
}

function nameAzureTimes({ azureClockAheadMs: aheadMs = 0 }: FaultFacts): string {
  if (aheadMs === 0) return 'By Azure’s clock';
  const how = aheadMs > 0 ? 'ahead' : 'behind';
  return `By Azure’s record (its clock was some ${printDuration(Math.abs(aheadMs))} ${how}, put right here)`;
}

function describeSeen({ at, text, until, pods }: NonNullable<FaultFacts['seen']>): string {
  const how = pods === 1 ? '' : `, ${pods} pods in all`;
  const end = until === null ? 'no end seen' : `ready again at ${printClock(until)}`;
  return `${printClock(at)}: ${text}${how}; ${end}`;
}

export function toMonitoring(report: Report): Safe {
  const { guards, fault } = report;
  const [outages, moments] = [pickOutages(report), pickMoments(report)];
  return html`<section id="monitor" aria-labelledby="h-monitor">
    <h2 id="h-monitor">Monitor</h2>
    ${showPhases(report)}
    ${toTable({
      caption: 'Outages, and what they are attributed to',
      head: ['When', 'Lasted', 'Lost', 'How they failed', 'Disturbed pods and nodes'],
      rows: outages.shown.map(toOutageRow),
    })}
    ${toNotes([outages.more, describeBackground(report), describeSamples(report)])}
    ${toTable({ caption: 'The pods that something happened to', ...toPodTable(report) })}
    ${showAnswers(report)}
    ${toTable({
      caption: 'Guards',
      head: ['Guard', 'Decision', 'How near it came'],
      rows: guards.map((facts) => [facts.guard, describeDecision(facts), facts.detail]),
    })}
    <h3 id="h-timeline">Timeline</h3>
    <p class="note" aria-hidden="true">○ people and the bot, ◆ the service</p>
    <ol class="timeline" aria-labelledby="h-timeline">
      ${moments.shown.map(
        ({ at, what, by }) =>
          html`<li class="${by}">
            <span
              ><time datetime="${new Date(at).toISOString()}">${printClock(at)}</time>
              <span class="offset">${fault.span ? printOffset(at - fault.span.from) : ''}</span>
              <span class="hidden">${actorWords[by]}</span></span
            ><span>${what}</span>
          </li> `,
      )}
    </ol>
    ${moments.more ? html`<p class="note">${moments.more}</p>` : nothing}
  </section>`;
}

function toNotes(notes: readonly string[]): Safe {
  return html`${notes.filter(Boolean).map((note) => html`<p class="note">${note}</p>`)}`;
}

function showAnswers(report: Report): Safe {
  const { notes, ...table } = toAnswersTable(report);
  return html`${toTable(table)}${toNotes(notes)}`;
}

function toOutageRow(outage: Outage): Part[] {
  const { lost, sent, failures } = outage;
  return [
    printOutageSpan(outage),
    printOutageLength(outage),
    `${lost} of ${sent}`,
    printFailures(failures),
    describeCauses(outage),
  ];
}

function showPhases(report: Report): Safe {
  return report.phases.length === 0
    ? html`<p>Nothing was measured.</p>`
    : html`${toTable({ caption: 'The phases side by side', ...toPhaseTable(report) })}${toNotes(toCoverageNotes(report))}`;
}
