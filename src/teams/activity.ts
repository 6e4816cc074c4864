import type { Activity, ConversationReference } from 'botbuilder';
import { TurnContext } from 'botbuilder';
import type { ObjectId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Origin } from '../domain/run-event.ts';

/** What somebody typed, without mentions of the bot or anybody else. */
export function toText(activity: Activity): string {
  return (activity.text ?? '')
    .replaceAll(/<at[^>]*>.*?<\/at>/gis, ' ')
    .replaceAll(/<br\s*\/?>|<\/?(p|div)>/gi, ' ')
    .replaceAll(/&(nbsp|lt|gt|quot|amp);/g, (_entity, name: string) => entities[name] ?? ' ')
    .trim();
}

const entities: Readonly<Record<string, string>> = {
  nbsp: ' ',
  lt: '<',
  gt: '>',
  quot: '"',
  amp: '&',
};

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
  const reference: Partial<ConversationReference> = TurnContext.getConversationReference(activity);
  return { conversationId: toConversationId(activity), reference: { ...reference } };
}

/** The channel or chat, whichever of its threads the activity is in. */
export function toConversationId({ conversation }: Activity): string {
  return conversation.id.replace(/;messageid=.*$/, '');
}
