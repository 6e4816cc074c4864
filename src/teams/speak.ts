import { CardFactory, type Activity, type TurnContext } from 'botbuilder';
import type { TeamsAdapter } from '@microsoft/teams-ai';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import type { Origin } from '../domain/run-event.ts';

/** Runs `speak` in the thread that `origin` names, as many messages later as it may be. Rejects with the connector's error. */
export type InThread = (
  origin: Origin,
  speak: (context: TurnContext) => Promise<void>,
) => Promise<void>;

/**
 * The way back into threads, without botbuilder's own retries: they repeat a POST that may have been taken, and so post a card twice, and do not count
 * towards the limits. The outbound queue knows what may be repeated; the connector's client has no option for it.
 */
export function createInThread(adapter: TeamsAdapter, botId: string): InThread {
  return (origin, speak) =>
    adapter.continueConversationAsync(botId, origin.reference, async (context) => {
      findPipeline(context)?.removePolicy({ name: 'defaultRetryPolicy' });
      // The activity that continues a conversation is made up: nothing can be a reply to it.
      context.activity.id = '';
      await speak(context);
    });
}

/** Posts a card that everybody in the thread sees; gives its id. */
export async function postCard(
  context: TurnContext,
  card: AdaptiveCard,
  { reference }: Origin,
): Promise<string | undefined> {
  const { targetedMessageId: messageId } = reference;
  // Teams shows the public card as the consequence of the private message that asked for it. The client's models know no such entity and drop it.
  if (typeof messageId === 'string')
    amendRequests(context, ({ body }) => ({
      body: addEntity(body, { type: 'targetedMessageInfo', messageId }),
    }));
  const posted = await context.sendActivity(toActivity(card));
  return posted?.id;
}

function addEntity(body: unknown, entity: object): unknown {
  if (typeof body !== 'string') return body;
  const activity = JSON.parse(body) as { entities?: object[] };
  return JSON.stringify({ ...activity, entities: [...(activity.entities ?? []), entity] });
}

export async function updateCard(
  context: TurnContext,
  card: AdaptiveCard,
  activityId: string,
): Promise<void> {
  await context.updateActivity({ ...toActivity(card), id: activityId });
}

/** Posts a card that only the person sees whose message `origin` was. */
export async function whisperCard(context: TurnContext, card: AdaptiveCard): Promise<void> {
  // The client has no parameter for it.
  amendRequests(context, ({ url: given }) => {
    const url = new URL(given);
    url.searchParams.set('isTargetedActivity', 'true');
    return { url: url.href };
  });
  await context.sendActivity(toActivity(card));
}

type OutgoingRequest = { readonly url: string; readonly body?: unknown };
type Pipeline = {
  removePolicy(which: { name: string }): unknown;
  addPolicy(policy: {
    name: string;
    sendRequest(
      request: OutgoingRequest,
      next: (request: OutgoingRequest) => Promise<unknown>,
    ): Promise<unknown>;
  }): void;
};

/** Changes what this turn asks of the connector, after the client has put it into words. */
function amendRequests(
  context: TurnContext,
  amend: (request: OutgoingRequest) => Partial<OutgoingRequest>,
): void {
  findPipeline(context)?.addPolicy({
    name: 'amendRequests',
    sendRequest: (request, next) => next(Object.assign(request, amend(request))),
  });
}

/** What this turn's client of the connector does with each request. It is made anew for each turn. */
function findPipeline({ turnState, adapter }: TurnContext): Pipeline | undefined {
  const key = (adapter as TeamsAdapter).ConnectorClientKey;
  return turnState.get<{ client: { pipeline: Pipeline } }>(key)?.client.pipeline;
}

function toActivity(card: AdaptiveCard): Partial<Activity> {
  const summary = typeof card['fallbackText'] === 'string' ? card['fallbackText'] : '';
  return { type: 'message', summary, attachments: [CardFactory.adaptiveCard(card)] };
}
