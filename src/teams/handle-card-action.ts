import type { Activity } from 'botbuilder';
import { setTimeout as delay } from 'node:timers/promises';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderErrorCard } from '../cards/list-cards.ts';
import { printRefusal } from '../cards/refusal.ts';
import { renderRunCard } from '../cards/run-card.ts';
import { renderSummaryCard } from '../cards/summary-card.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import { parseRunId, type Digest, type RunId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { UseCases } from '../runs/use-cases.ts';
import { toConversationId, toPerson } from './activity.ts';

/** What a click is answered with: the card as it is now, or a sentence for the one who clicked. */
export type CardActionAnswer = { readonly card: AdaptiveCard } | { readonly message: string };

export type CardActionDeps = {
  readonly useCases: UseCases;
  readonly clock: { now(): number };
  /** Says in the conversation what came too late for the click's own answer. */
  readonly tell: (card: AdaptiveCard) => void;
};

type Click = CardActionDeps & {
  readonly activity: Activity;
  readonly person: Person;
  readonly runId: RunId;
  readonly digest: Digest;
};

const handlers: Readonly<Record<string, (click: Click) => Promise<CardActionAnswer>>> = {
  'run.approve': (click) => decide('approve', click),
  'run.reject': (click) => decide('reject', click),
  'run.stop': stop,
  'run.refresh': refresh,
  'run.report': report,
};

/** Every verb that a card may carry. */
export const cardVerbs: readonly string[] = Object.keys(handlers);

/** Does what a card's button asks for. Nothing on the card is trusted but the run's id and the digest, and those are looked up. */
export async function handleCardAction(
  activity: Activity,
  deps: CardActionDeps,
): Promise<CardActionAnswer> {
  const { verb, data } = readAction(activity.value);
  const handler = handlers[verb];
  const runId = parseRunId(data.runId);
  const person = toPerson(activity);
  if (!handler || !runId)
    return { message: 'This button does nothing any more. Say `status` for the present state.' };
  if (!person)
    return { message: 'I cannot tell who you are: this account has no Entra object id here.' };
  try {
    return await handler({ ...deps, activity, person, runId, digest: data.digest as Digest });
  } catch (thrown) {
    const { message, suggestion } = toChaosError(thrown);
    return { message: `${message} ${suggestion}` };
  }
}

function readAction(value: unknown): { verb: string; data: { runId: string; digest: string } } {
  const { action } = (value ?? {}) as {
    action?: { verb?: unknown; data?: Record<string, unknown> };
  };
  const text = (field: unknown) => (typeof field === 'string' ? field : '');
  const data = action?.data ?? {};
  return {
    verb: text(action?.verb),
    data: { runId: text(data['runId']), digest: text(data['digest']) },
  };
}

async function decide(decision: 'approve' | 'reject', click: Click): Promise<CardActionAnswer> {
  const { useCases, activity, person, runId, digest, clock } = click;
  const via = { kind: 'card', ...(activity.id ? { activityId: activity.id } : {}) } as const;
  const { run, refusal } = await useCases.decide({ runId, digest, decision, by: person, via });
  // Teams delivers a click again when the answer was slow: to whoever has decided so, the answer is the same.
  const decidedBy = decision === 'approve' ? run.approval?.by : run.rejection?.by;
  const isRepeated = refusal === 'already-decided' && decidedBy?.id === person.id;
  return refusal && !isRepeated
    ? { message: printRefusal(refusal, run) }
    : { card: renderRunCard(run, { now: clock.now() }) };
}

/** Stopping may take Azure some seconds, a click's answer may not. */
const answerWithinMs = 800;
const stoppingText = 'Stopping. The card shows when the fault is gone.';

async function stop({ useCases, activity, person, runId, tell }: Click): Promise<CardActionAnswer> {
  const via = { kind: 'card', ...(activity.id ? { activityId: activity.id } : {}) } as const;
  const stopping = useCases.stop({
    runId,
    all: false,
    by: person,
    via,
    conversationId: toConversationId(activity),
  });
  const asked = stopping.then(({ kind }) =>
    kind === 'nothing-to-stop' ? 'This run is over already.' : stoppingText,
  );
  const late = delay(answerWithinMs, 'late' as const, { ref: false });
  const first = await Promise.race([asked, late]);
  if (first !== 'late') return { message: first };
  // Whoever clicked has been told that it stops: that it does not must be said as loud.
  asked.catch((thrown: unknown) => tell(renderErrorCard(toChaosError(thrown))));
  return { message: stoppingText };
}

async function refresh({ useCases, runId, clock }: Click): Promise<CardActionAnswer> {
  const view = await useCases.find(runId);
  return { card: renderRunCard(view.run, { ...view, now: clock.now() }) };
}

async function report({ useCases, runId }: Click): Promise<CardActionAnswer> {
  const { run } = await useCases.find(runId);
  return { card: renderSummaryCard(run) };
}
