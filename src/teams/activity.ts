import type { Activity, ConversationReference } from 'botbuilder';
import { TurnContext } from 'botbuilder';
import { decodeHTML } from 'entities';
import type { ObjectId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Origin } from '../domain/run-event.ts';

/** What somebody typed, without mentions of the bot or anybody else. */
export function toText(activity: Activity): string {
  const text = (activity.text ?? '')
    .replaceAll(/<at[^>]*>.*?<\/at>/gis, ' ')
    .replaceAll(/<br\s*\/?>|<\/?(p|div)>/gi, ' ');
  return decodeHTML(text).trim();
}

/** Who sent it, by Entra object id and tenant; undefined for guests of the chat that have none, and for bots. */
export function toPerson({ from, conversation, channelData }: Activity): Person | undefined {
  const tenantId = conversation.tenantId ?? readTenantId(channelData);
  if (!from.aadObjectId || !tenantId) return undefined;
  const id = from.aadObjectId.toLowerCase() as ObjectId;
  return { id, tenantId: tenantId.toLowerCase(), name: from.name || 'Somebody' };
}

function readTenantId(channelData: unknown): string | undefined {
  const { tenant } = (channelData ?? {}) as { tenant?: { id?: string } };
  return tenant?.id;
}

/** Where it was sent: the channel or chat, and how to speak in the same thread later. */
export function toOrigin(activity: Activity): Origin {
  const { user, ...reference } = TurnContext.getConversationReference(activity);
  return {
    conversationId: toConversationId(activity),
    reference: {
      ...reference,
      // Without the name: what is kept to speak later is no place for it.
      ...(user ? { user: { id: user.id, aadObjectId: user.aadObjectId } } : {}),
      ...(isTargeted(activity) && activity.id ? { targetedMessageId: activity.id } : {}),
    },
    ...(activity.id ? { requestKey: `${activity.conversation.id} ${activity.id}` } : {}),
  };
}

/** Whether only the bot was spoken to, by a slash command: nobody else in the conversation sees the message. */
export function isTargeted({ recipient }: Activity): boolean {
  return (recipient as { isTargeted?: unknown } | undefined)?.isTargeted === true;
}

/** What Teams calls the person whose message an origin was, `29:...`. */
export function readSender({ reference }: Origin): string | undefined {
  const { user } = reference as Partial<ConversationReference>;
  return user?.id;
}

/** The channel or chat, whichever of its threads the activity is in. */
export function toConversationId({ conversation }: Activity): string {
  return conversation.id.replace(/;messageid=.*$/, '');
}
