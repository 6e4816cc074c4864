import type { ExperimentTemplate } from '../domain/catalogue.ts';
import { faultModes } from '../domain/fault.ts';
import { isMetric, isQuantile, type Signal, type Tolerance } from '../domain/hypothesis.ts';
import { printCommand, printExactDuration } from '../domain/print-command.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { RunParameters } from '../domain/command.ts';
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
import { escapeMarkdown, toProse } from './text.ts';

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
  readonly problem?: string;
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

/** The first page of the form: which experiment. */
export function renderExperimentChoice(
  experiments: readonly ExperimentTemplate[],
  formId: string,
): AdaptiveCard {
  const options = experiments.map(({ name, title }) => ({
    title: `${name}: ${escapeMarkdown(title)}`,
    value: name,
  }));
  return expandTemplate(template, {
    ...nothing,
    speak: 'Propose a run: choose an experiment.',
    heading: 'Propose a run',
    choices: [
      {
        id: 'experiment',
        label: 'Experiment',
        style: 'expanded',
        value: experiments[0]?.name ?? '',
        options,
      },
    ],
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
    problem: problem === undefined ? '' : toProse(problem),
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
  const shown = (id: string, preset: string | number) => values[id] ?? preset;
  const option = (value: string, title = value) => ({ title, value });
  return {
    choices: [
      {
        id: 'target',
        label: 'Service',
        style: 'compact',
        value: shown('target', experiment.service),
        options: services.map((name) => option(name)),
      },
      {
        id: 'mode',
        label: 'Which pods',
        style: 'compact',
        value: shown('mode', fault.mode),
        options: faultModes.map((mode) => option(mode, printModeName(mode))),
      },
    ],
    texts: [
      {
        id: 'duration',
        label: 'How long the fault lasts',
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
        label: 'How many pods, or how many per cent of them, where the choice above asks for it',
        value: shown('value', fault.value ?? ''),
        min: 0,
        max: 1_000,
        help: 'A whole number.',
      },
      ...hypothesis.tolerances.map((tolerance) => toToleranceInput(tolerance, shown)),
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
      label: signal === 'correct' ? 'Right answers at least, in %' : 'Availability at least, in %',
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
  const label = isQuantile(signal) ? `Latency ${signal} at most, in ms` : 'Pods ready at least';
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
      { title: 'Hits', value: printHit(proposal) },
      ...toBudgetFacts(proposal),
      ...toFact('To decide it', printNeed(proposal)),
      { title: 'Price', value: printPrice(proposal) },
    ],
    warnings: listWarnings(proposal).map((text) => ({ text: escapeMarkdown(text) })),
    pods: toProposedPodLines(proposal.blastRadius.pods),
    typed: escapeMarkdown(
      `/chaos ${printCommand({ kind: 'run', experiment: proposal.experiment, parameters })}`,
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
