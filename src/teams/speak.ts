import type { Activity, TurnContext } from 'botbuilder';
import type { TeamsAdapter } from '@microsoft/teams-ai';
import type { Origin } from '../domain/run-event.ts';
import { amendRequests, callConnector, watchRequests } from './outbound/call-connector.ts';

/** Runs `speak` in the thread that `origin` names, as many messages later as it may be. Rejects with the connector's error. */
export type InThread = (
  origin: Origin,
  speak: (context: TurnContext) => Promise<void>,
) => Promise<void>;

/**
 * The way back into threads. The adapter must have no `onTurnError`: botbuilder would hand it the errors of what is said, and report to the outbound queue
 * that everything went well.
 */
export function createInThread(adapter: TeamsAdapter, botId: string): InThread {
  return (origin, speak) =>
    adapter.continueConversationAsync(botId, origin.reference, async (context) => {
      watchRequests(context);
      // The activity that continues a conversation is made up: nothing can be a reply to it.
      context.activity.id = '';
      await speak(context);
    });
}

/** Posts a message that everybody in the thread sees; gives its id. */
export async function postMessage(
  context: TurnContext,
  activity: Partial<Activity>,
  { reference }: Origin,
): Promise<string | undefined> {
  const { targetedMessageId: messageId } = reference;
  // Teams shows the public card as the consequence of the private message that asked for it. The client's models know no such entity and drop it.
  if (typeof messageId === 'string')
    amendRequests(context, ({ body }) => ({
      body: addEntity(body, { type: 'targetedMessageInfo', messageId }),
    }));
  return post(context, activity);
}

function addEntity(body: unknown, entity: object): unknown {
  if (typeof body !== 'string') return body;
  const activity = JSON.parse(body) as { entities?: object[] };
  return JSON.stringify({ ...activity, entities: [...(activity.entities ?? []), entity] });
}

export async function updateMessage(
  context: TurnContext,
  activity: Partial<Activity>,
  activityId: string,
): Promise<void> {
  await callConnector(context, { mayRepeat: true }, () =>
    context.updateActivity({ ...activity, id: activityId }),
  );
}

/** Posts a message that only the person sees whose message `origin` was. */
export async function whisperMessage(
  context: TurnContext,
  activity: Partial<Activity>,
): Promise<void> {
  // The client has no parameter for it.
  amendRequests(context, ({ url: given }) => {
    const url = new URL(given);
    url.searchParams.set('isTargetedActivity', 'true');
    return { url: url.href };
  });
  await post(context, activity);
}

async function post(
  context: TurnContext,
  activity: Partial<Activity>,
): Promise<string | undefined> {
  const posted = await callConnector(context, { mayRepeat: false }, () =>
    context.sendActivity(activity),
  );
  return posted?.id;
}
