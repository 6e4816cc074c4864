import { printTolerance } from '../domain/hypothesis.ts';
import { toShownFinding, type ShownFinding } from '../domain/describe-finding.ts';
import type { CutFault } from '../domain/ended-early.ts';
import type { ToleranceJudgement } from '../domain/judgement.ts';
import { toConsequenceFacts } from './describe-consequences.ts';
import { html, nothing, toFacts, toTable } from './html.ts';
import type { Report } from './report.ts';
import type { Safe } from './template.ts';
import { findingSigns } from './thresholds.ts';
import { printInterval } from '../domain/print-numbers.ts';
import { printFinding, printObserved, toCutFault, toPhaseTitle } from './text.ts';

export function toInference(report: Report): Safe {
  const { outcome, phases, hypothesis, nextSteps, fault } = report;
  return html`<section id="infer" aria-labelledby="h-infer">
    <h2 id="h-infer">Infer</h2>
    <p>${outcome.why}</p>
    ${toTable({
      caption: 'Each tolerance in each phase',
      head: ['Tolerance', ...phases.map(({ name }) => toPhaseTitle(name, fault))],
      rows:
        phases.length === 0
          ? []
          : hypothesis.tolerances.map((tolerance, index) => [
              html`<code>${printTolerance(tolerance)}</code>`,
              ...phases.map(({ name, tolerances }) =>
                toFinding(tolerances[index], name === 'fault' ? toCutFault(fault) : undefined),
              ),
            ]),
    })}
    ${toFacts(toConsequenceFacts(report))}
    <h3>Next</h3>
    <ul>
      ${nextSteps.map((step) => html`<li>${step}</li>`)}
    </ul>
  </section>`;
}

export const findingTones: Readonly<Record<ShownFinding, string>> = {
  held: 'good',
  deviated: 'bad',
  inconclusive: 'unsure',
  kept: 'neutral',
};

function toFinding(judgement: ToleranceJudgement | undefined, cut: CutFault | undefined): Safe {
  if (!judgement) return html`–`;
  const { interval } = judgement;
  const finding = toShownFinding(judgement.finding, cut);
  const [tone, sign] = [findingTones[finding], findingSigns[finding]];
  const kept = interval
    ? html`<span class="sub"
        >within the bound ${printInterval(interval)} of the time (95% CI)</span
      >`
    : nothing;
  return html`<span class="finding ${tone}"
      ><span aria-hidden="true">${sign}</span> ${printFinding(finding, cut)}</span
    ><span class="sub">${printObserved(judgement)}</span>${kept}`;
}

export function toEvidence({ runId, proposal, journal, environment, reproduce }: Report): Safe {
  return html`<section id="evidence" aria-labelledby="h-evidence">
    <h2 id="h-evidence">Evidence</h2>
    ${toFacts([
      { name: 'Digest of the proposal', value: html`<code>${proposal.digest}</code>` },
      {
        name: 'Last hash of the journal',
        value: html`<code>${journal.lastHash ?? 'unknown'}</code>`,
      },
      { name: 'Entries in the journal', value: journal.entries },
      { name: 'To verify', value: html`<code>/chaos audit ${runId}</code>` },
    ])}
    <h3>Environment</h3>
    ${toFacts(environment)}
    <h3>To do it again</h3>
    <pre><code>${reproduce}</code></pre>
  </section>`;
}
