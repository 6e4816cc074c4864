import type { Activity, ConversationReference } from 'botbuilder';
import { TurnContext } from 'botbuilder';
import { decodeHTML } from 'entities';
import type { ObjectId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Origin } from '../domain/run-event.ts';
import { readTenants } from './sender.ts';

const tags = /<\/?([a-z][a-z0-9]*)\b[^<>]*>/gi;
const blocks = new Set('br p div ul ol li pre blockquote h1 h2 h3 h4 h5 h6'.split(' '));
const inlines = new Set('at a b strong i em u s span code font'.split(' '));

/** Returns the text of a message without markup and mentions, of the bot or anybody else. Takes time in proportion to its length. */
export function toText(markup: string): string {
  const text = removeMentions(markup).replaceAll(tags, (tag, name: string) => {
    const lower = name.toLowerCase();
    if (blocks.has(lower)) return ' ';
    return inlines.has(lower) ? '' : tag;
  });
  return decodeHTML(text).trim();
}

const mentionTags = /<(\/?)at\b[^<>]*>/gi;

/** A mention reaches to the first closing tag. One that is never closed loses its tag and keeps its words. */
function removeMentions(markup: string): string {
  const kept: string[] = [];
  let keptUntil = 0;
  let openedAt: number | undefined;
  for (const { 0: tag, 1: slash, index } of markup.matchAll(mentionTags)) {
    if (slash === '') openedAt ??= index;
    else if (openedAt !== undefined) {
      kept.push(markup.slice(keptUntil, openedAt), ' ');
      keptUntil = index + tag.length;
      openedAt = undefined;
    }
  }
  return [...kept, markup.slice(keptUntil)].join('');
}

/** Who sent it, by Entra object id and tenant; undefined for guests of the chat that have none, and for bots. */
export function toPerson(activity: Activity): Person | undefined {
  const { from } = activity;
  const { sender: tenantId } = readTenants(activity);
  if (!from.aadObjectId || !tenantId) return undefined;
  const id = from.aadObjectId.toLowerCase() as ObjectId;
  return { id, tenantId, name: from.name || 'Somebody' };
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
  const thread = conversation.id.indexOf(';messageid=');
  return thread < 0 ? conversation.id : conversation.id.slice(0, thread);
}
