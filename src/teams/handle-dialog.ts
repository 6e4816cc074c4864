import { randomUUID } from 'node:crypto';
import { CardFactory, type Activity, type Attachment } from 'botbuilder';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderErrorCard } from '../cards/list-cards.ts';
import { readRunForm } from '../cards/read-run-form.ts';
import {
  renderExperimentChoice,
  renderRunForm,
  type FormValues,
  type RunFormView,
} from '../cards/run-form.ts';
import type { ExperimentTemplate } from '../domain/catalogue.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import type { CommandProblem, RunParameters } from '../domain/command.ts';
import type { Person } from '../domain/person.ts';
import { cutText } from '../domain/visible-text.ts';
import { isProblem } from '../domain/read-parameters.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { toOrigin, toPerson } from './activity.ts';
import { answerInTime } from './answer-in-time.ts';
import { outsiderMessage, type OutsiderCheck } from './create-outsider-check.ts';

/** What Teams does with a dialog next: show a card in it, or close it with a sentence. */
export type DialogAnswer = {
  readonly task:
    | {
        readonly type: 'continue';
        readonly value: {
          readonly title: string;
          readonly width: string;
          readonly height: string;
          readonly card: Attachment;
        };
      }
    | { readonly type: 'message'; readonly value: string };
};

export type DialogDeps = {
  readonly useCases: UseCases;
  readonly outsiders: OutsiderCheck;
  /** Says in the conversation what came too late for the dialog's own answer. */
  readonly tell: (card: AdaptiveCard) => void;
};

type Submitted = DialogDeps & {
  readonly activity: Activity;
  readonly person: Person;
  readonly formId: string;
  readonly values: FormValues;
};

/** Opening the form from a card or from the message extension, and submitting a page of it. */
export const dialogInvokes = [
  'task/fetch',
  'task/submit',
  'composeExtension/fetchTask',
  'composeExtension/submitAction',
] as const;

/** The guided way to a proposal: choose an experiment, see what it would hit, propose. */
export async function handleDialog(activity: Activity, deps: DialogDeps): Promise<DialogAnswer> {
  const person = toPerson(activity);
  if (!person) return close('I cannot tell who you are: this account has no Entra object id here.');
  if (await deps.outsiders.isOutsider(activity))
    return close(`${outsiderMessage.message} ${outsiderMessage.suggestion}`);
  const { data } = (activity.value ?? {}) as { data?: unknown };
  const values = typeof data === 'object' && data !== null ? (data as FormValues) : {};
  const formId = readFormId(values) ?? randomUUID();
  return showPage({ ...deps, activity, person, formId, values });
}

/** What came back is what was put into the form, or nothing. */
function readFormId({ formId }: FormValues): string | undefined {
  return typeof formId === 'string' && /^[\w-]{1,64}$/.test(formId) ? formId : undefined;
}

function showPage(submitted: Submitted): DialogAnswer | Promise<DialogAnswer> {
  const { values, useCases, formId } = submitted;
  const experiments = useCases.experiments();
  // The button of the second page says which experiment it is about, on the first page it is chosen.
  const wanted = values['chosen'] || values['experiment'];
  const chosen = experiments.find(({ name }) => name === wanted);
  if (values['step'] === 'choose') return show(renderExperimentChoice(experiments, formId));
  if (!chosen)
    return show(renderExperimentChoice(experiments, formId, toUnknownExperiment(wanted)));
  const parameters = readRunForm(values, chosen);
  if (isProblem(parameters)) return showForm(submitted, chosen, { problem: parameters });
  return values['step'] === 'propose'
    ? propose(submitted, chosen, parameters)
    : preview(submitted, chosen, parameters);
}

function toUnknownExperiment(wanted: unknown): CommandProblem | undefined {
  if (typeof wanted !== 'string' || wanted === '') return undefined;
  const message = `There is no experiment "${cutText(wanted, 60)}".`;
  return { message, suggestion: 'Send `experiments` to see all of them.' };
}

async function preview(
  submitted: Submitted,
  experiment: ExperimentTemplate,
  parameters: RunParameters,
): Promise<DialogAnswer> {
  const request = { experiment: experiment.name, parameters, proposer: submitted.person };
  const shown = submitted.useCases.preview(request).then(
    (proposal) => showForm(submitted, experiment, { preview: { proposal, parameters } }),
    (thrown: unknown) => showForm(submitted, experiment, { problem: toChaosError(thrown) }),
  );
  const problem = {
    message: 'The cluster has not answered yet.',
    suggestion: 'Press "Preview" to ask again.',
  };
  return answerInTime(shown, showForm(submitted, experiment, { problem }), {
    failed: () => undefined,
  });
}

async function propose(
  submitted: Submitted,
  experiment: ExperimentTemplate,
  parameters: RunParameters,
): Promise<DialogAnswer> {
  const { activity, person, formId, useCases, tell } = submitted;
  const origin = { ...toOrigin(activity), requestKey: `form ${person.id} ${formId}` };
  const proposed = useCases
    .propose({ experiment: experiment.name, parameters, proposer: person, origin })
    .then(({ id }) => close(`Proposed as ${id}. Its card is in the conversation.`));
  const late = close(
    'The run is being proposed. Its card will be in the conversation, or the reason why not.',
  );
  return answerInTime(proposed, late, {
    failed: (thrown) => tell(renderErrorCard(toChaosError(thrown))),
  }).catch((thrown: unknown) => showForm(submitted, experiment, { problem: toChaosError(thrown) }));
}

function showForm(
  { values, formId, useCases }: Submitted,
  experiment: ExperimentTemplate,
  more: Pick<RunFormView, 'preview' | 'problem'>,
): DialogAnswer {
  return show(
    renderRunForm({ experiment, services: useCases.services(), formId, values, ...more }),
  );
}

function show(card: AdaptiveCard): DialogAnswer {
  const value = {
    title: 'Chaos Marshal',
    width: 'medium',
    height: 'large',
    card: CardFactory.adaptiveCard(card),
  };
  return { task: { type: 'continue', value } };
}

function close(value: string): DialogAnswer {
  return { task: { type: 'message', value } };
}
