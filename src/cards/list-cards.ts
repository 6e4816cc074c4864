import type { ExperimentTemplate } from '../domain/catalogue.ts';
import type { HealthReport } from '../domain/health.ts';
import { printTolerance } from '../domain/hypothesis.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { printFault } from './describe-proposal.ts';
import template from './list-card.json' with { type: 'json' };
import { printOutcome, toRunState } from './run-state.ts';
import { escapeMarkdown, printAvailability, printTime, toProse } from './text.ts';

type Item = { readonly title: string; readonly detail: string };

function renderList(heading: string, intro: string, items: readonly Item[]): AdaptiveCard {
  return expandTemplate(template, {
    speak: `${heading}. ${intro}`.replaceAll('`', ''),
    heading: escapeMarkdown(heading),
    intro: toProse(intro),
    items: items.map(({ title, detail }) => ({
      title: escapeMarkdown(title),
      detail: toProse(detail),
    })),
  });
}

/** Runs that wait or go on, with what is seen of them now. */
export function renderStatusCard(
  views: readonly { readonly run: Run; readonly progress?: Progress }[],
): AdaptiveCard {
  const intro = views.length === 0 ? 'Nothing waits for approval and nothing runs here.' : '';
  return renderList(
    'Status',
    intro,
    views.map(({ run, progress }) => ({
      title: toRunTitle(run),
      detail: progress
        ? `Availability ${printAvailability(progress.predictions)}. ${progress.note ?? ''}`
        : (run.end?.why ?? ''),
    })),
  );
}

/** The conversation's last runs, newest first. */
export function renderHistoryCard(runs: readonly Run[]): AdaptiveCard {
  const intro =
    runs.length === 0 ? 'No run was proposed here yet. Say `run pod-failure` to propose one.' : '';
  return renderList(
    'History',
    intro,
    runs.map((run) => ({
      title: toRunTitle(run),
      detail: `${printTime(run.proposal.proposedAt)}, proposed by ${run.proposal.proposer.name}. ${run.end?.why ?? ''}`,
    })),
  );
}

/** Several runs in a few lines: how many held, and each with its verdict. */
export function renderOverviewCard(runs: readonly Run[], span: string): AdaptiveCard {
  const judged = runs.filter(({ end }) => end?.verdict);
  const held = judged.filter(({ end }) => end?.verdict === 'held').length;
  const intro =
    runs.length === 0
      ? 'No run ended in that time.'
      : `${runs.length} runs ended, ${judged.length} of them with a verdict: ${held} held, ${judged.length - held} did not.`;
  return renderList(
    `Summary, ${span}`,
    intro,
    runs.map((run) => ({
      title: toRunTitle(run),
      detail: `${printTime(run.proposal.proposedAt)}. ${run.end?.why ?? ''}`,
    })),
  );
}

function toRunTitle(run: Run): string {
  return `${toRunState(run).symbol} ${printOutcome(run)} · ${run.proposal.title} · ${run.id}`;
}

/** What people can propose. */
export function renderExperimentsCard(experiments: readonly ExperimentTemplate[]): AdaptiveCard {
  return renderList(
    'Experiments',
    'Propose one with `run NAME`; change it with name=value, for example `run pod-failure duration=90s`.',
    experiments.map(({ name, title, service, fault, hypothesis }) => ({
      title: `${name}: ${title}`,
      detail: `${printFault(fault)}, on ${service}. Must stay: ${hypothesis.tolerances.map(printTolerance).join(', ')}.`,
    })),
  );
}

/** Whether everything that the bot depends on can be used. */
export function renderHealthCard({ checks, at }: HealthReport): AdaptiveCard {
  const broken = checks.filter(({ ok }) => !ok).length;
  const intro = `${broken === 0 ? 'Everything can be used' : `${broken} of ${checks.length} cannot be used`}, as of ${printTime(at)}.`;
  return renderList(
    'Health',
    intro,
    checks.map(({ name, ok, detail }) => ({
      title: `${ok ? '✔ ok' : '✖ not ready'} · ${name}`,
      detail: detail,
    })),
  );
}

/** What people can say. */
export function renderHelpCard(): AdaptiveCard {
  const items: Item[] = [
    {
      title: 'run EXPERIMENT',
      detail:
        'Propose a run: `run pod-failure duration=90s mode=one availability>=99%`. Somebody else approves it.',
    },
    {
      title: 'stop, stop RUN, stop all',
      detail: 'End a run and its fault at once. Anybody may, at any time.',
    },
    { title: 'status', detail: 'What waits for approval and what runs.' },
    {
      title: 'summarize, summarize RUN, today, 7d',
      detail: 'What came of runs, with the evidence.',
    },
    {
      title: 'experiments, history, health',
      detail: 'What can be proposed, what was, and whether everything works.',
    },
  ];
  return renderList(
    'Chaos Marshal',
    'I run chaos experiments that somebody approved, and tell you whether predictions survived.',
    items,
  );
}

/** What went wrong and what to do about it. */
export function renderErrorCard({
  message,
  suggestion,
}: {
  message: string;
  suggestion: string;
}): AdaptiveCard {
  return renderList('✖ That did not work', message, [{ title: 'What to do', detail: suggestion }]);
}
