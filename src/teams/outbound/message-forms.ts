import { CardFactory, type Activity } from 'botbuilder';
import type { AdaptiveCard } from '../../cards/adaptive-card.ts';

/** What Teams is sent for a card. When it refuses one form, the next is tried. */
export type MessageForm = 'card' | 'short card' | 'text';

const forms: readonly MessageForm[] = ['card', 'short card', 'text'];

/** The form to try after this one; undefined when none is left. */
export function findPlainerForm(form: MessageForm): MessageForm | undefined {
  return forms[forms.indexOf(form) + 1];
}

const shortCardBytes = 8_000;
const longestText = 3_000;
/** Elements that every client of Teams shows. */
const plainElements = new Set([
  'TextBlock',
  'FactSet',
  'Container',
  'ColumnSet',
  'Column',
  'ActionSet',
  'Action.Execute',
  'Action.OpenUrl',
  'Action.Submit',
]);
const note = 'Teams refused the full card, so this is a shortened one.';

export function toActivity(card: AdaptiveCard, form: MessageForm = 'card'): Partial<Activity> {
  const summary = typeof card['fallbackText'] === 'string' ? card['fallbackText'] : '';
  if (form === 'text') return { type: 'message', textFormat: 'plain', text: toPlainText(card) };
  const shown = form === 'card' ? card : shorten(card);
  return { type: 'message', summary, attachments: [CardFactory.adaptiveCard(shown)] };
}

/** The first plain elements of a card, as many as fit, and its buttons. */
function shorten({ version, body, actions, fallbackText }: AdaptiveCard): AdaptiveCard {
  let left = shortCardBytes;
  const take = (elements: readonly unknown[]) =>
    elements.filter((element) => {
      if (!isPlain(element)) return false;
      left -= JSON.stringify(element).length;
      return left >= 0;
    });
  const buttons = take(Array.isArray(actions) ? (actions as unknown[]) : []);
  return {
    type: 'AdaptiveCard',
    version,
    ...(typeof fallbackText === 'string' ? { fallbackText } : {}),
    body: [...take(body), { type: 'TextBlock', text: note, wrap: true, isSubtle: true }],
    ...(buttons.length > 0 ? { actions: buttons } : {}),
  };
}

function isPlain(element: unknown): boolean {
  if (Array.isArray(element)) return element.every(isPlain);
  if (typeof element !== 'object' || element === null) return true;
  const isKnown = !('type' in element) || plainElements.has(String(element.type));
  return isKnown && Object.values(element).every(isPlain);
}

/** What a card says, one text a line, cut to what fits. */
function toPlainText(card: AdaptiveCard): string {
  const text = toTexts(card.body).join('\n');
  const { fallbackText } = card;
  const shown = text === '' && typeof fallbackText === 'string' ? fallbackText : text;
  return shown.length > longestText ? `${shown.slice(0, longestText)} …` : shown;
}

function toTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(toTexts);
  if (typeof value !== 'object' || value === null) return [];
  const { type, text, title, value: of, ...rest } = value as Record<string, unknown>;
  if (type === 'TextBlock' && typeof text === 'string') return [text];
  if (typeof title === 'string' && typeof of === 'string') return [`${title}: ${of}`];
  return toTexts(Object.values(rest));
}
