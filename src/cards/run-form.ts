import type { ExperimentTemplate } from '../domain/catalogue.ts';
import { faultModes } from '../domain/fault.ts';
import { isMetric, isQuantile, type Signal, type Tolerance } from '../domain/hypothesis.ts';
import { printCommand, printExactDuration } from '../domain/print-command.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { CommandProblem, RunParameters } from '../domain/command.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { toProposedPodLines } from './describe-pods.ts';
import {
  listWarnings,
  printFault,
  printHit,
  printModeName,
  printNeed,
  toBudgetFacts,
  toFact,
} from './describe-proposal.ts';
import { printPrice } from './describe-price.ts';
import template from './run-form.json' with { type: 'json' };
import { cutText } from '../domain/visible-text.ts';
import { escapeMarkdown, longestName, toProse } from './text.ts';
import { findOwn } from '../domain/find-own.ts';

/** What a button of the form does next. */
export const formSteps = ['choose', 'adjust', 'preview', 'propose'] as const;
export type FormStep = (typeof formSteps)[number];

/** What was typed into the form, by the id of the input. */
export type FormValues = Readonly<Record<string, unknown>>;

export type RunFormView = {
  readonly experiment: ExperimentTemplate;
  readonly services: readonly string[];
  /** Names this form, so that one that is submitted twice proposes once. */
  readonly formId: string;
  readonly values: FormValues;
  readonly preview?: { readonly proposal: Proposal; readonly parameters: RunParameters };
  /** What has to be corrected first. */
  readonly problem?: CommandProblem;
};

const nothing = {
  problem: '',
  choices: [],
  texts: [],
  numbers: [],
  previewed: false,
  facts: [],
  warnings: [],
  pods: [],
  typed: '',
};

function toProblemText(problem: CommandProblem | undefined): string {
  return problem ? `${escapeMarkdown(problem.message)} ${toProse(problem.suggestion)}` : '';
}

type Choice = {
  readonly id: string;
  readonly label: string;
  readonly style: 'expanded' | 'compact';
  readonly value: string | number;
  readonly options: readonly { readonly title: string; readonly value: string }[];
};

const mostExpanded = 12;
/** A card has no room for more: then the name is typed. */
const mostChoices = 30;
const longestTyped = 1_000;
/** The others keep the bounds of the template, and can be changed by a typed command. */
const mostTolerances = 12;
const longestValue = 200;

/** An input to choose from, or to type into where there is too much to choose from. */
function toChoice(choice: Choice): { choices: Choice[]; texts: object[] } {
  const { id, label, value, options } = choice;
  if (options.length > 0 && options.length <= mostChoices) return { choices: [choice], texts: [] };
  const placeholder = `Type one of ${options.length} names`;
  const help = 'Type a name.';
  return { choices: [], texts: [{ id, label, value, placeholder, required: true, help }] };
}

/** The first page of the form: which experiment. */
export function renderExperimentChoice(
  experiments: readonly ExperimentTemplate[],
  formId: string,
  problem?: CommandProblem,
): AdaptiveCard {
  const options = experiments.map(({ name, title }) => ({
    title: `${name}: ${escapeMarkdown(title, longestName)}`,
    value: name,
  }));
  return expandTemplate(template, {
    ...nothing,
    speak: 'Propose a run: choose an experiment.',
    heading: 'Propose a run',
    problem: toProblemText(problem),
    ...toChoice({
      id: 'experiment',
      label: 'Experiment',
      style: options.length > mostExpanded ? 'compact' : 'expanded',
      value: experiments[0]?.name ?? '',
      options,
    }),
    actions: [toAction('adjust', 'Next', { formId, chosen: '', style: 'positive' })],
  });
}

/** The second page: the experiment's parameters, and what they would hit now. */
export function renderRunForm(view: RunFormView): AdaptiveCard {
  const { experiment, formId, preview, problem } = view;
  const action = { formId, chosen: experiment.name };
  return expandTemplate(template, {
    ...nothing,
    speak: `Propose ${experiment.title}.`,
    heading: `${experiment.name}: ${escapeMarkdown(experiment.title)}`,
    problem: toProblemText(problem),
    ...toInputs(view),
    ...(preview ? toPreview(preview) : {}),
    actions: [
      toAction('propose', 'Propose', { ...action, style: 'positive' }),
      toAction('preview', 'Preview', { ...action, style: 'default' }),
      toAction('choose', 'Back', { ...action, style: 'default' }),
    ],
  });
}

function toInputs({ experiment, services, values }: RunFormView) {
  const { fault, hypothesis } = experiment;
  const shown = (id: string, preset: string | number) => {
    const typed = findOwn(values, id);
    if (typeof typed === 'number') return typed;
    return typeof typed === 'string' ? cutText(typed, longestValue) : preset;
  };
  const target = toChoice({
    id: 'target',
    label: 'Service',
    style: 'compact',
    value: shown('target', experiment.service),
    options: services.map((name) => ({ title: name, value: name })),
  });
  return {
    choices: [
      ...target.choices,
      {
        id: 'mode',
        label: 'Which pods',
        style: 'compact',
        value: shown('mode', fault.mode),
        options: faultModes.map((mode) => ({ title: printModeName(mode), value: mode })),
      },
    ],
    texts: [
      ...target.texts,
      {
        id: 'duration',
        label: 'Duration of the fault',
        value: shown('duration', printExactDuration(fault.durationMs)),
        placeholder: '90s, 5m or 1h',
        required: true,
        help: 'Write it as 90s, 5m or 1h.',
      },
      {
        id: 'hypothesis',
        label: 'Hypothesis',
        value: shown('hypothesis', ''),
        placeholder: hypothesis.title,
        required: false,
        help: 'One sentence.',
      },
    ],
    numbers: [
      {
        id: 'value',
        label: 'Number or percentage of pods, where the choice above needs one',
        value: shown('value', fault.value ?? ''),
        min: 0,
        max: 1_000,
        help: 'A whole number.',
      },
      ...hypothesis.tolerances
        .slice(0, mostTolerances)
        .map((tolerance) => toToleranceInput(tolerance, shown)),
    ],
  };
}

/** What a number of a metric may be in the form; a command takes any. */
const largest = 1e12;

function toToleranceInput(
  { signal, comparison, bound }: Tolerance,
  shown: (id: string, preset: number) => unknown,
) {
  const id = toToleranceId(signal);
  if (signal === 'availability' || signal === 'correct') {
    const percent = Number((bound * 100).toFixed(6));
    return {
      id,
      label: signal === 'correct' ? 'Correct answers, at least %' : 'Availability, at least %',
      value: shown(id, percent),
      min: 0,
      max: 100,
      help: '0 to 100.',
    };
  }
  if (isMetric(signal)) {
    const label = `${signal} ${comparison === '<=' ? 'at most' : 'at least'}`;
    return { id, label, value: shown(id, bound), min: -largest, max: largest, help: 'A number.' };
  }
  const label = isQuantile(signal) ? `Latency ${signal}, at most ms` : 'Ready pods, at least';
  return { id, label, value: shown(id, bound), min: 0, max: 3_600_000, help: 'A whole number.' };
}

/** The id of the input for a signal's tolerance: `at-pods-ready`. */
export function toToleranceId(signal: Signal): string {
  return `at-${signal.replaceAll(/[^a-z0-9]+/g, '-')}`;
}

function toPreview({ proposal, parameters }: NonNullable<RunFormView['preview']>) {
  return {
    previewed: true,
    facts: [
      { title: 'Fault', value: printFault(proposal.fault) },
      { title: 'Targets', value: printHit(proposal) },
      ...toBudgetFacts(proposal),
      ...toFact('Evidence needed', printNeed(proposal)),
      { title: 'Worst case', value: printPrice(proposal) },
    ],
    warnings: listWarnings(proposal).map((text) => ({ text: escapeMarkdown(text) })),
    pods: toProposedPodLines(proposal.blastRadius.pods),
    typed: escapeMarkdown(
      `/chaos ${printCommand({ kind: 'run', experiment: proposal.experiment, parameters })}`,
      longestTyped,
    ),
  };
}

function toAction(
  step: FormStep,
  title: string,
  { formId, chosen, style }: { formId: string; chosen: string; style: string },
) {
  // Going back must not fail because something on this page is wrong.
  const associatedInputs = step === 'choose' ? 'none' : 'auto';
  return { step, title, formId, chosen, style, associatedInputs };
}
