import { botAccount, currentPerson, people, type LabPerson } from './people.ts';

/**
 * The activity as sent by the person who is acted as. The playground speaks as its current user alone; who clicked through its HTTP interface
 * as somebody else stays who they are.
 */
export function actAs({ name, id, aadObjectId }: LabPerson, activity: object): object {
  const { from } = activity as { from?: { id?: string } };
  if (from?.id !== currentPerson.id) return activity;
  return { ...activity, from: { ...from, id, name, aadObjectId } };
}

const mention = `<at>${botAccount.name}</at>`;

/** A message that begins with /chaos reaches the bot in a channel without a mention, as a slash command does in Teams. */
export function addSlashMention(message: object): object {
  const { text, mentions = [] } = message as { text?: unknown; mentions?: unknown[] };
  if (typeof text !== 'string' || !/^\s*\/chaos\b/i.test(text) || mentions.length > 0)
    return message;
  return {
    ...message,
    text: `${mention} ${text}`,
    mentions: [{ mentioned: { id: botAccount.id }, text: mention }],
  };
}

/**
 * The activity with buttons that work in the playground: it has no dialogs, and its page throws at a button that asks for one. Without `msteams` it sends
 * what the button carries as a message.
 */
export function dropDialogs(activity: object): unknown {
  return JSON.parse(JSON.stringify(activity), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('type' in value)) return value;
    const { type, data } = value as { type: unknown; data?: Record<string, unknown> };
    if (type !== 'Action.Submit' || !data?.['msteams']) return value;
    const { msteams: _dialog, ...carried } = data;
    return { ...value, data: carried };
  });
}

/** The address of a member by the id that the playground knows: Teams finds members by their object id as well. */
export function toMemberById(url: string): string {
  return url.replace(/(?<=\/members\/)[\da-f-]{36}(?=$|\?)/i, (objectId) => {
    const person = people.find(({ aadObjectId }) => aadObjectId === objectId.toLowerCase());
    return person?.id ?? objectId;
  });
}
