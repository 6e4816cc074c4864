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
  // Teams shows the public card as the consequence of the private message that asked for it.
  const entities =
    typeof messageId === 'string' ? [{ type: 'targetedMessageInfo', messageId }] : undefined;
  const posted = await context.sendActivity({
    ...toActivity(card),
    ...(entities ? { entities } : {}),
  });
  return posted?.id;
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
  // The connector's client has no parameter for it.
  findPipeline(context)?.addPolicy({
    name: 'targetedActivity',
    sendRequest(request, next) {
      const url = new URL(request.url);
      url.searchParams.set('isTargetedActivity', 'true');
      return next(Object.assign(request, { url: url.href }));
    },
  });
  await context.sendActivity(toActivity(card));
}

type OutgoingRequest = { readonly url: string };
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

/** What this turn's client of the connector does with each request. It is made anew for each turn. */
function findPipeline({ turnState, adapter }: TurnContext): Pipeline | undefined {
  const key = (adapter as TeamsAdapter).ConnectorClientKey;
  return turnState.get<{ client: { pipeline: Pipeline } }>(key)?.client.pipeline;
}

function toActivity(card: AdaptiveCard): Partial<Activity> {
  const summary = typeof card['fallbackText'] === 'string' ? card['fallbackText'] : '';
  return { type: 'message', summary, attachments: [CardFactory.adaptiveCard(card)] };
}
