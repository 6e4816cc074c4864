import type { Activity } from 'botbuilder';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderErrorCard, renderNoteCard } from '../cards/list-cards.ts';
import { printRefusal } from '../cards/refusal.ts';
import { renderRunCard } from '../cards/run-card.ts';
import { unkeptStop } from '../cards/stop-card.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import { parseRunId, type Digest, type RunId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Unreached } from '../domain/reach.ts';
import type { Run } from '../domain/run.ts';
import type { StopOutcome } from '../domain/stop-outcome.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { narrowStop } from './narrow-stop.ts';
import { toConversationId, toPerson } from './activity.ts';
import { answerInTime } from './answer-in-time.ts';
import { outsiderMessage, type OutsiderCheck } from './create-outsider-check.ts';

/** What a click is answered with: the card as it is now, or a sentence for the one who clicked. */
export type CardActionAnswer =
  { readonly card: AdaptiveCard } | { readonly message: string; readonly isRefusal?: true };

export type CardActionDeps = {
  readonly useCases: UseCases;
  readonly outsiders: OutsiderCheck;
  readonly clock: { now(): number };
  /** Says in the conversation what came too late for the click's own answer. */
  readonly tell: (card: AdaptiveCard) => void;
  readonly renderSummary: (run: Run) => Promise<AdaptiveCard>;
  /** Why no approver sees a proposal. */
  readonly unreachedOf: (runId: RunId) => Unreached | undefined;
};

type Click = CardActionDeps & {
  readonly activity: Activity;
  readonly person: Person;
  readonly runId: RunId;
  readonly digest: Digest;
  /** What was typed into the card, if anything. */
  readonly reason: string;
};

type Handler = (click: Click) => Promise<CardActionAnswer>;

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['run.approve', (click) => decide('approve', click)],
  ['run.reject', (click) => decide('reject', click)],
  ['run.stop', stop],
  ['run.refresh', refresh],
  ['run.report', report],
]);

/** Every verb that a card may carry. */
export const cardVerbs: readonly string[] = [...handlers.keys()];

/** Does what a card's button asks for. Nothing on the card is trusted but the run's id and the digest, and those are looked up. */
export async function handleCardAction(
  activity: Activity,
  deps: CardActionDeps,
): Promise<CardActionAnswer> {
  const { verb, data } = readAction(activity.value);
  const handler = handlers.get(verb);
  const runId = parseRunId(data.runId);
  const person = toPerson(activity);
  if (!handler || !runId)
    return { message: 'This button does nothing any more. Say `status` for the present state.' };
  if (!person)
    return { message: 'I cannot tell who you are: this account has no Entra object id here.' };
  const click = {
    ...deps,
    activity,
    person,
    runId,
    digest: data.digest as Digest,
    reason: data.reason,
  };
  return answerInTime(
    handle(verb, handler, click),
    lateAnswers.get(verb) ?? { message: 'This takes a moment.' },
    toLateReport(verb, click),
  ).catch((thrown: unknown) => {
    const { message, suggestion } = toChaosError(thrown);
    return { message: `${message} ${suggestion}` };
  });
}

/**
 * The person was told that the click is being done. When it is refused or fails after that, or what was asked for comes late, the conversation is told.
 * Teams refreshes cards by itself: nobody waits for that.
 */
function toLateReport(verb: string, { tell, person }: Click) {
  if (verb === 'run.refresh') return { failed: () => undefined };
  return {
    done(answer: CardActionAnswer) {
      if (verb === 'run.report' && 'card' in answer) tell(answer.card);
      if ('message' in answer && answer.isRefusal)
        tell(renderNoteCard(`✖ The click of ${person.name} was refused`, answer.message));
    },
    failed: (thrown: unknown) => tell(renderErrorCard(toChaosError(thrown))),
  };
}

/** Refuses people of other organisations everything but stop, which waits for nobody. */
async function handle(verb: string, handler: Handler, click: Click): Promise<CardActionAnswer> {
  const { outsiders, activity } = click;
  if (verb === 'run.stop') return handler(click);
  const isOutsider = await (verb === 'run.approve'
    ? outsiders.requireAnswer(activity)
    : outsiders.isOutsider(activity));
  if (!isOutsider) return handler(click);
  const message = `${outsiderMessage.message} ${outsiderMessage.suggestion}`;
  // Teams refreshes cards by itself: nobody clicked.
  return { message, ...(verb === 'run.refresh' ? {} : { isRefusal: true }) };
}

const stopping = { message: 'Stopping. The card shows when the fault is gone.' };

/** What is said of a click whose work goes on: the card of the run shows what came of it. */
const lateAnswers: ReadonlyMap<string, CardActionAnswer> = new Map<string, CardActionAnswer>([
  ['run.approve', { message: 'Your approval is being recorded. The card shows when it is.' }],
  ['run.reject', { message: 'Your rejection is being recorded. The card shows when it is.' }],
  ['run.stop', stopping],
]);

const longestReason = 200;

function readAction(value: unknown): {
  verb: string;
  data: { runId: string; digest: string; reason: string };
} {
  const { action } = (value ?? {}) as {
    action?: { verb?: unknown; data?: Record<string, unknown> };
  };
  const text = (field: unknown) => (typeof field === 'string' ? field : '');
  const data = action?.data ?? {};
  return {
    verb: text(action?.verb),
    data: {
      runId: text(data['runId']),
      digest: text(data['digest']),
      reason: text(data['reason']).trim().slice(0, longestReason),
    },
  };
}

async function decide(decision: 'approve' | 'reject', click: Click): Promise<CardActionAnswer> {
  const { useCases, activity, person, runId, digest, reason, clock } = click;
  const via = { kind: 'card', ...(activity.id ? { activityId: activity.id } : {}) } as const;
  const why = decision === 'reject' && reason !== '' ? { reason } : {};
  const request = { runId, digest, decision, by: person, via, ...why };
  const { run, refusal } = await useCases.decide(request);
  // Teams delivers a click again when the answer was slow: to whoever has decided so, the answer is the same.
  const deciders = decision === 'approve' ? run.approvals : run.rejection ? [run.rejection] : [];
  const isRepeated =
    (refusal === 'already-decided' || refusal === 'already-approved') &&
    deciders.some(({ by }) => by.id === person.id);
  return refusal && !isRepeated
    ? { message: printRefusal(refusal, run), isRefusal: true }
    : { card: renderRunCard(run, { now: clock.now(), viewer: person }) };
}

async function stop({
  useCases,
  outsiders,
  activity,
  person,
  runId,
}: Click): Promise<CardActionAnswer> {
  const via = { kind: 'card', ...(activity.id ? { activityId: activity.id } : {}) } as const;
  const conversationId = toConversationId(activity);
  const runIds = outsiders.isKnown(activity)
    ? await narrowStop([runId], { useCases, conversationId })
    : [runId];
  if (runIds.length === 0) return { message: outsiderMessage.message, isRefusal: true };
  const outcome = await useCases.stop({ runIds, all: false, by: person, via, conversationId });
  if (outcome.kind === 'stopping' && outcome.runs.some(({ end }) => end !== undefined))
    return { message: 'Withdrawn.' };
  if (outcome.kind === 'cancelled-blindly' && outcome.stopped.length === 0 && outcome.problem)
    throw outcome.problem;
  if (isUnkept(outcome)) return { message: `${stopping.message} ${unkeptStop}` };
  if (outcome.kind !== 'nothing-to-stop') return stopping;
  // The same click delivered again, after what it stopped is over.
  const { run } = await useCases.find({ runId, by: person });
  return run.stop?.by.id === person.id ? stopping : { message: 'This run is over already.' };
}

/** Whether the stop may be forgotten when the bot ends. */
function isUnkept(outcome: StopOutcome): boolean {
  if (outcome.kind === 'cancelled-blindly') return !outcome.isKept;
  return outcome.kind === 'stopping' && outcome.unkept.length > 0;
}

async function refresh(click: Click): Promise<CardActionAnswer> {
  const { useCases, runId, clock, activity, person } = click;
  const unreached = click.unreachedOf(runId);
  const view = await useCases.find({ runId, by: person });
  const refreshFor = view.run.phase === 'proposed' ? [activity.from.id] : [];
  return {
    card: renderRunCard(view.run, {
      ...view,
      now: clock.now(),
      viewer: person,
      refreshFor,
      ...(unreached ? { unreached } : {}),
    }),
  };
}

async function report({
  useCases,
  runId,
  person,
  renderSummary,
}: Click): Promise<CardActionAnswer> {
  const { run } = await useCases.find({ runId, by: person });
  return { card: await renderSummary(run) };
}
