import type { ExperimentTemplate } from '../domain/catalogue.ts';
import type { CommandProblem } from '../domain/command.ts';
import { explainEnd } from '../domain/explain-end.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { HealthReport } from '../domain/health.ts';
import type { Unreached } from '../domain/reach.ts';
import type { Person } from '../domain/person.ts';
import type { Progress } from '../domain/progress.ts';
import { isActive, type Run } from '../domain/run.ts';
import type { RunPage } from '../domain/run-page.ts';
import type { StopResult } from '../domain/stop-outcome.ts';
import { cutText } from '../domain/visible-text.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { printVerdicts } from './count-verdicts.ts';
import { explainUnreached } from './describe-approvers.ts';
import { printFault, printTolerances } from './describe-proposal.ts';
import template from './list-card.json' with { type: 'json' };
import { toPage, toRest, type PagedCommand } from './page-of.ts';
import { printOutcome, toRunState } from './run-state.ts';
import { describeMeasured, toHiddenItem, toRefusedItem } from './stop-card.ts';
import { printTime } from '../domain/print-time.ts';
import {
  escapeMarkdown,
  longestName,
  printAvailability,
  prose,
  toMarkdown,
  toPlainText,
  toProse,
  type Item,
  type Text,
} from './text.ts';

export type ListOptions = {
  /** Adds the button that opens the form for a run. */
  readonly form?: boolean;
  /** Adds a button for each that sends the command as if it had been typed. */
  readonly commands?: readonly string[];
  /** Texts that are never cut. */
  readonly whole?: readonly string[];
};

/** Rows of a page of runs, and of one of experiments, which take more room. */
export const runsOnPage = 15;
const experimentsOnPage = 12;
/** What a card can hold; a list that may be longer has pages. */
const mostItems = 24;
const mostCommands = 3;
const longestTitle = 200;
const longestMessage = 400;
/** A longer command is no button: people type it from the text. */
const longestCommand = 400;

export function renderList(
  heading: string,
  intro: Text,
  items: readonly Item[],
  { form = false, commands = [], whole = [] }: ListOptions = {},
): AdaptiveCard {
  const spoken = typeof intro === 'string' ? ` ${intro}` : '';
  const data = {
    forms: form ? [{ title: 'Set up a run' }] : [],
    commands: toButtons(commands),
    speak: `${heading}.${spoken}`,
    heading: escapeMarkdown(heading),
    intro: toMarkdown(intro),
    items: limitItems(items).map(({ title, detail }) => ({
      title: escapeMarkdown(title, longestTitle),
      detail: toMarkdown(detail),
    })),
  };
  return expandTemplate(template, data, whole);
}

function toButtons(commands: readonly string[]) {
  return commands
    .filter((command) => command.length <= longestCommand)
    .slice(0, mostCommands)
    .map((command) => ({ command, title: cutText(command, 60) }));
}

function limitItems(items: readonly Item[]): readonly Item[] {
  if (items.length <= mostItems) return items;
  const shown = items.slice(0, mostItems - 1);
  const more = {
    title: `${items.length - shown.length} more`,
    detail: prose`\`status\` lists them.`,
  };
  return [...shown, more];
}

type Views = readonly { readonly run: Run; readonly progress?: Progress }[];

/** Runs that are open, those that are conducted first, with what is seen of them now. */
export function renderStatusCard(
  views: Views,
  command: PagedCommand = { kind: 'status' },
): AdaptiveCard {
  const intro = views.length === 0 ? 'Nothing waits for approval and nothing is running here.' : '';
  const ordered = views.toSorted(
    (left, right) => Number(isActive(right.run)) - Number(isActive(left.run)),
  );
  const { entries, more, commands } = toPage(ordered, { command, size: runsOnPage });
  const rows = entries.map(({ run, progress }) => ({
    title: toRunTitle(run),
    detail: progress
      ? `Availability ${printAvailability(progress.predictions)}. ${progress.note ?? ''}`
      : (explainEnd(run) ?? ''),
  }));
  return renderList('Status', intro, [...rows, ...more], { commands });
}

/** A page of the conversation's runs, newest first. */
export function renderHistoryCard(
  page: RunPage,
  command: PagedCommand = { kind: 'history' },
): AdaptiveCard {
  const { runs } = page;
  const { more, commands } = toRest(command, page);
  const rows = runs.map((run) => ({
    title: toRunTitle(run),
    detail: `${printTime(run.proposal.proposedAt)}, proposed by ${cutText(run.proposal.proposer.name, longestName)}. ${explainEnd(run) ?? ''}`,
  }));
  if (runs.length > 0) return renderList('History', '', [...rows, ...more], { commands });
  const intro = prose`No run has been proposed here yet. Propose one with \`run\`.`;
  return renderList('History', intro, [], { commands: ['run'] });
}

/** Runs of a span: how many of them held, deviated, were inconclusive or void, and each with its verdict. */
export function renderOverviewCard(
  runs: readonly Run[],
  command: Extract<PagedCommand, { kind: 'summarize' }>,
): AdaptiveCard {
  const { entries, more, commands } = toPage(runs, { command, size: runsOnPage });
  const rows = entries.map((run) => ({
    title: toRunTitle(run),
    detail: `${printTime(run.proposal.proposedAt)}. ${explainEnd(run) ?? ''}`,
  }));
  const heading = `Summary, ${command.span === '7d' ? 'the last 7 days' : 'today'}`;
  return renderList(heading, printVerdicts(runs), [...rows, ...more], { commands });
}

function toRunTitle(run: Run): string {
  const title = cutText(run.proposal.title, longestTitle / 2);
  const altered = run.alteration ? ' · ⚠ record altered' : '';
  return `${toRunState(run).symbol} ${printOutcome(run)} · ${title} · ${run.id}${altered}`;
}

/** What people can propose. */
export function renderExperimentsCard(
  experiments: readonly ExperimentTemplate[],
  command: PagedCommand = { kind: 'experiments' },
): AdaptiveCard {
  const { entries, more, commands } = toPage(experiments, { command, size: experimentsOnPage });
  const rows = entries.map(({ name, title, service, fault, hypothesis }) => ({
    title: `${cutText(name, longestName)}: ${title}`,
    detail: `${printFault(fault)}, on ${cutText(service, longestName)}. Must hold: ${printTolerances(hypothesis)}.`,
  }));
  const intro = prose`Propose one with \`run NAME\`. Change it with name=value, for example \`run pod-failure duration=90s\`.`;
  return renderList('Experiments', intro, [...rows, ...more], { form: true, commands });
}

/** Confirms a proposal to the person who made it in private. */
export function renderProposedCard({ id, proposal }: Run, unreached?: Unreached): AdaptiveCard {
  return renderList(
    `◌ Proposed as ${id}`,
    `"${proposal.title}" waits for approval in this conversation, where everybody sees its card. Nothing is injected before it is approved.`,
    [
      ...(unreached
        ? [{ title: 'Nobody can approve it here', detail: explainUnreached(proposal, unreached) }]
        : []),
      { title: 'Changed your mind?', detail: prose`\`stop ${id}\` withdraws it.` },
    ],
  );
}

/** What a freeze stopped; runs that the reader may not see are named by their ids. That everything is frozen stands on top of every card. */
export function renderFrozenCard(
  stopped: readonly Run[],
  { hidden, refused, measured = [] }: Pick<StopResult, 'hidden' | 'refused' | 'measured'> = {
    hidden: [],
    refused: [],
  },
): AdaptiveCard {
  const isNone = stopped.length + hidden.length === 0;
  const isGone = stopped.length + hidden.length === measured.length;
  const asked =
    hidden.length > 0 ? 'Stop was asked for these runs:' : 'These runs are being stopped:';
  const running = isGone ? 'Nothing was left to stop:' : asked;
  const intro = isNone ? 'Nothing was running.' : running;
  const find = (run: Run) => measured.find(({ runId }) => runId === run.id);
  return renderList('Frozen', intro, [
    ...stopped.map((run) => {
      const own = find(run);
      return { title: toRunTitle(run), detail: own ? describeMeasured(run, own) : '' };
    }),
    ...hidden.map(toHiddenItem),
    ...refused.map(toRefusedItem),
  ]);
}

/** What was frozen until now, and who has ended that. */
export function renderUnfrozenCard(
  lifted: Freeze | undefined,
  by: Pick<Person, 'name'>,
): AdaptiveCard {
  if (!lifted) return renderList('Not frozen', 'Nothing was frozen.', []);
  const [name, other] = [by, lifted.by].map((person) => cutText(person.name, longestName));
  const intro = `Unfrozen by ${name}. Everything had been frozen by ${other} since ${printTime(lifted.at)}. Proposals can be made and approved again.`;
  return renderList('Unfrozen', intro, []);
}

/** The state of everything that the bot depends on, what is broken first. */
export function renderHealthCard(
  { checks, at }: HealthReport,
  command: PagedCommand = { kind: 'health' },
): AdaptiveCard {
  const broken = checks.filter(({ ok }) => !ok).length;
  const intro = `${broken === 0 ? 'Everything works' : `${broken} of ${checks.length} checks failed`}, as of ${printTime(at)}.`;
  const ordered = checks.toSorted((left, right) => Number(left.ok) - Number(right.ok));
  const { entries, more, commands } = toPage(ordered, { command, size: runsOnPage });
  const rows = entries.map(({ name, ok, detail }) => ({
    title: `${ok ? '✔ ok' : '✖ not ready'} · ${name}`,
    detail,
  }));
  return renderList('Health', intro, [...rows, ...more], { commands });
}

/** Reports what went wrong, where, and what to do next, with buttons for the commands that were probably meant. */
export function renderErrorCard({
  message,
  suggestion,
  where,
  tryInstead = [],
}: CommandProblem): AdaptiveCard {
  const rows: Item[] = [
    ...(where === undefined ? [] : [{ title: 'Where', detail: where }]),
    { title: 'What to do', detail: { markdown: toProse(suggestion) } },
  ];
  const intro = cutText(message, longestMessage);
  return renderList('✖ Not done', intro, rows, { commands: tryInstead });
}

/** Answers with one sentence, where a card is needed. What it quotes may be typed, so that nothing in it is formatted. */
export function renderNoteCard(heading: string, note: string): AdaptiveCard {
  return renderList(heading, toPlainText(note), []);
}
