import type { ExperimentTemplate } from '../domain/catalogue.ts';
import type { CommandProblem } from '../domain/command.ts';
import { explainEnd } from '../domain/explain-end.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { HealthReport } from '../domain/health.ts';
import { printTolerance } from '../domain/hypothesis.ts';
import type { RunId } from '../domain/ids.ts';
import type { Progress } from '../domain/progress.ts';
import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { printFault } from './describe-proposal.ts';
import template from './list-card.json' with { type: 'json' };
import { printOutcome, toRunState } from './run-state.ts';
import { toHiddenItem } from './stop-card.ts';
import { escapeMarkdown, printAvailability, printTime, toProse } from './text.ts';

export type Item = { readonly title: string; readonly detail: string };

type Dialog = { readonly title: string };

export function renderList(
  heading: string,
  intro: string,
  items: readonly Item[],
  dialogs: readonly Dialog[] = [],
): AdaptiveCard {
  return expandTemplate(template, {
    dialogs,
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
        : (explainEnd(run) ?? ''),
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
      detail: `${printTime(run.proposal.proposedAt)}, proposed by ${run.proposal.proposer.name}. ${explainEnd(run) ?? ''}`,
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
      detail: `${printTime(run.proposal.proposedAt)}. ${explainEnd(run) ?? ''}`,
    })),
  );
}

function toRunTitle(run: Run): string {
  return `${toRunState(run).symbol} ${printOutcome(run)} · ${run.proposal.title} · ${run.id}`;
}

/** Opens the form that leads to a proposal. */
const proposeDialog: Dialog = { title: 'Choose and adjust' };

/** What people can propose. */
export function renderExperimentsCard(experiments: readonly ExperimentTemplate[]): AdaptiveCard {
  return renderList(
    'Experiments',
    'Propose one with `run NAME`; change it with name=value, for example `run pod-failure duration=90s`.',
    experiments.map(({ name, title, service, fault, hypothesis }) => ({
      title: `${name}: ${title}`,
      detail: `${printFault(fault)}, on ${service}. Must stay: ${hypothesis.tolerances.map(printTolerance).join(', ')}.`,
    })),
    [proposeDialog],
  );
}

/** Tells the one who asked in private what everybody sees in the conversation. */
export function renderProposedCard({ id, proposal }: Run): AdaptiveCard {
  return renderList(
    `◌ Proposed as ${id}`,
    `"${proposal.title}" waits for approval in this conversation, where everybody sees its card. Nothing is injected before.`,
    [{ title: 'You changed your mind?', detail: `\`stop ${id}\` withdraws it.` }],
  );
}

/** What a freeze stopped; runs that the reader may not see are named by their ids. That everything is frozen stands on top of every card. */
export function renderFrozenCard(
  stopped: readonly Run[],
  hidden: readonly RunId[] = [],
): AdaptiveCard {
  const isNone = stopped.length + hidden.length === 0;
  const intro = isNone ? 'Nothing was running.' : 'These runs are being stopped:';
  return renderList('Frozen', intro, [
    ...stopped.map((run) => ({ title: toRunTitle(run), detail: '' })),
    ...hidden.map(toHiddenItem),
  ]);
}

/** What was frozen until now. */
export function renderUnfrozenCard(lifted: Freeze | undefined): AdaptiveCard {
  const intro = lifted
    ? `Frozen by ${lifted.by.name} since ${printTime(lifted.at)}. Proposals can be made and approved again.`
    : 'Nothing was frozen.';
  return renderList('Not frozen', intro, []);
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

/** Greets a conversation that the bot was added to, with what to do first. */
export function renderWelcomeCard(): AdaptiveCard {
  return renderHelp([
    {
      title: 'First',
      detail:
        'Say `health` to see whether I reach the cluster, Azure and the service, then `run` to choose an experiment. In a channel, mention me or begin with /chaos.',
    },
    ...helpItems,
  ]);
}

/** What people can say. */
export function renderHelpCard(): AdaptiveCard {
  return renderHelp(helpItems);
}

const helpItems: readonly Item[] = [
  {
    title: 'run, run EXPERIMENT',
    detail:
      'Propose a run: `run pod-failure duration=90s mode=one availability>=99%`. Somebody else approves it.',
  },
  {
    title: 'run EXPERIMENT dry, rehearse EXPERIMENT',
    detail:
      'Only say what would happen; or play everything, approvals included, and inject nothing.',
  },
  {
    title: 'stop, stop RUN, stop all',
    detail:
      'End a run and its fault at once. Whoever proposed or approved it may, and anybody else unless chaos.yaml keeps it to some.',
  },
  {
    title: 'freeze, freeze REASON, unfreeze',
    detail:
      'Stop every run everywhere and let none begin, until somebody who may approve unfreezes.',
  },
  { title: 'status', detail: 'What waits for approval and what runs.' },
  {
    title: 'summarize, summarize RUN, today, 7d',
    detail: 'What came of runs, with the evidence.',
  },
  {
    title: 'audit, audit RUN',
    detail: 'Whether the journal is what was written, and what it says of a run.',
  },
  {
    title: 'experiments, history, health',
    detail: 'What can be proposed, what was, and whether everything works.',
  },
  {
    title: 'experiments prepare EXPERIMENT',
    detail:
      'Create an experiment in Azure without its fault, and show the commands that give its identity its roles. Starts nothing.',
  },
];

function renderHelp(items: readonly Item[]): AdaptiveCard {
  return renderList(
    'Chaos Marshal',
    'I run chaos experiments that somebody approved, and tell you whether predictions survived.',
    items,
    [proposeDialog],
  );
}

/** What went wrong, where, and what to do about it. */
export function renderErrorCard({ message, suggestion, where }: CommandProblem): AdaptiveCard {
  return renderList('✖ That did not work', message, [
    ...(where === undefined ? [] : [{ title: 'Where', detail: where }]),
    { title: 'What to do', detail: suggestion },
  ]);
}
