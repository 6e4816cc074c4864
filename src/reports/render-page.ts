import { toChartWords } from './chart-words.ts';
import { drawChart } from './draw-chart.ts';
import { html, nothing, toDocument } from './html.ts';
import { printHeadline } from '../domain/print-headline.ts';
import { toKeyFigures } from './key-figures.ts';
import { findingTones, toEvidence, toInference } from './page-conclusions.ts';
import { toBaseline, toHypothesis, toInjection, toMonitoring } from './page-course.ts';
import type { Outcome, Report } from './report.ts';
import type { Safe } from './template.ts';
import { findingSigns, toThresholds } from './thresholds.ts';
import { printTime } from '../domain/print-time.ts';
import { findTripped, nameTripped } from './tripped.ts';

export type PageLinks = { readonly name: string; readonly href: string }[];

/** The report as a page: the outcome and the chart first, then the run in its order, hypothesis to inference, and the evidence. */
export function renderPage(report: Report, links: PageLinks = []): string {
  const { title, runId, outcome } = report;
  const body = html`<a class="skip" href="#report">Skip to the report</a>
    <div class="sheet">
      ${toHeader(report, links)}
      <main id="report">
        ${toFigure(report)} ${toHypothesis(report)} ${toBaseline(report)} ${toInjection(report)}
        ${toMonitoring(report)} ${toInference(report)} ${toEvidence(report)}
      </main>
      <footer>
        <p class="note">
          Written by Chaos Marshal from the journal of run ${runId}. Times are in UTC.
        </p>
      </footer>
    </div>`;
  return toDocument({ title: `${title}: ${outcome.word} (${runId})`, body });
}

const signs: Readonly<Record<Outcome['tone'], string>> = {
  good: '✓',
  bad: '✕',
  unsure: '?',
  neutral: '–',
};

const sections = ['Hypothesis', 'Baseline', 'Inject', 'Monitor', 'Infer', 'Evidence'];

function toHeader(report: Report, links: PageLinks): Safe {
  const { title, runId, outcome, proposal } = report;
  const { word, tone, why } = outcome;
  return html`<header>
    <div class="outcome ${tone}">
      <p class="kicker">
        Chaos experiment ${runId} on service ${proposal.service}, cluster ${proposal.cluster},
        <span class="whole">${printTime(proposal.proposedAt)}</span>
      </p>
      <h1>${title}</h1>
      <p class="verdict"><span class="sign" aria-hidden="true">${signs[tone]}</span>${word}</p>
      ${report.marks.map((mark) => html`<p class="mark">${mark}</p>`)}
      ${report.headline ? html`<p class="short">${printHeadline(report.headline)}</p>` : nothing}
      ${toTripped(report) ?? html`<p>${why}</p>`} ${toThresholdList(report)} ${toFigures(report)}
    </div>
    <nav aria-label="Report">
      <ul>
        ${sections.map((name) => html`<li><a href="#${name.toLowerCase()}">${name}</a></li>`)}
        ${links.map(({ name, href }) => html`<li><a href="${href}">${name}</a></li>`)}
      </ul>
    </nav>
  </header>`;
}

/** The guard that tripped, with its numbers; undefined where none did. */
function toTripped(report: Report): Safe | undefined {
  const tripped = findTripped(report);
  return tripped
    ? html`<p>
        <strong>${nameTripped(tripped)}:</strong> <code>${tripped.guard}</code>: ${tripped.detail}.
      </p>`
    : undefined;
}

function toThresholdList(report: Report): Safe {
  const thresholds = toThresholds(report);
  if (thresholds.length === 0) return nothing;
  return html`<ul class="thresholds" aria-label="Tolerances">
    ${thresholds.map(
      ({ tolerance, finding, value }) =>
        html`<li>
          <span class="finding ${findingTones[finding]}" aria-hidden="true"
            >${findingSigns[finding]}</span
          >
          <code>${tolerance}</code> <span>${value}</span>
        </li>`,
    )}
  </ul>`;
}

function toFigures(report: Report): Safe {
  const figures = toKeyFigures(report);
  if (figures.length === 0) return nothing;
  return html`<dl class="figures">
    ${figures.map(
      ({ name, value, note }) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="value">${value}</dd>
          <dd class="note">${note}</dd>
        </div> `,
    )}
  </dl>`;
}

function toFigure(report: Report): Safe {
  const charts = (['wide', 'narrow'] as const).map((width) => ({
    width,
    svg: drawChart(report, { width }),
  }));
  const words = toChartWords(report);
  return html`<figure>
    ${charts.map(({ width, svg }) => (svg ? toPicture(svg, width) : nothing))}
    <figcaption>${words}</figcaption>
  </figure>`;
}

/** The caption says what it shows; the picture only has a name. */
function toPicture(svg: string, width: string): Safe {
  const name = 'Availability, latency and pods over the run';
  return { safe: svg.replace('<svg ', `<svg class="${width}" role="img" aria-label="${name}" `) };
}
