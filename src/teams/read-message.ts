import type { Activity, Attachment } from 'botbuilder';

type Message = Partial<Pick<Activity, 'text' | 'value'>>;

/** What the button of a card sent with a message; empty where the message was typed. */
export function readButton({ text, value }: Message): Readonly<Record<string, unknown>> {
  const isTyped = typeof text === 'string' && text.trim() !== '';
  return !isTyped && typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** The command of a button, '' where there is none. */
export function readButtonCommand(message: Message): string {
  const { command } = readButton(message);
  return typeof command === 'string' ? command : '';
}

/** Whether a message has something in it that is no text: a picture, a file, a card. Teams attaches the text itself once more as HTML. */
export function hasAttachment({ attachments }: { readonly attachments?: unknown }): boolean {
  return Array.isArray(attachments) && attachments.some(isNoText);
}

function isNoText(attachment: unknown): boolean {
  const { contentType, content } = (attachment ?? {}) as Partial<Attachment>;
  if (contentType !== 'text/html') return contentType !== undefined;
  const html = typeof content === 'string' ? content.slice(0, longestContent) : '';
  return /<(img|video|audio|attachment)\b/i.test(html);
}

const longestContent = 10_000;

/** Whether somebody edited the text of a message; other updates restore one that was deleted. */
export function isEdit({ channelData }: Activity): boolean {
  const { eventType } = (channelData ?? {}) as { eventType?: unknown };
  return eventType === undefined || eventType === 'editMessage';
}
