import { cutText, showInvisible } from '../domain/visible-text.ts';

/** Teams takes 28 KB of UTF-16 by its strictest page; the activity around a card and the notice of a freeze on top of it need some of that. */
const largestCardBytes = 22_000;
/** With the notice of a freeze on top. */
export const largestCoveredBytes = 25_000;

const longestSpeech = 300;
/** How long a text may be, tried in this order until the card fits. */
const lengths = [2_000, 1_000, 600, 400, 300, 200, 120, 60, 30];

type Fields = Readonly<Record<string, unknown>>;

/** The size of a card as Teams counts it, in bytes of UTF-16. */
function measureCard(card: object): number {
  return 2 * JSON.stringify(card).length;
}

/** Whether nothing of a card has to be cut. */
export function isFit(card: object): boolean {
  return measureCard(mapTexts(card, toShown) as object) < largestCardBytes;
}

/**
 * A card in which every character is seen, that no client reads as a function, and that is small enough for Teams. Where it is too large, its longest texts are cut, but
 * never a text of `whole`, a mention, or what a button carries.
 */
export function fitCard<Card extends object>(
  card: Card,
  { whole = [], limit = largestCardBytes }: { whole?: readonly string[]; limit?: number } = {},
): Card {
  const shown = mapTexts(card, toShown) as Card;
  const kept = new Set(whole.map((text) => toShown(text)));
  let fitting = shown;
  for (const longest of lengths) {
    if (measureCard(fitting) < limit) return fitting;
    fitting = mapTexts(shown, (text, field) =>
      kept.has(text) || isMention(text, field) ? text : cutMarkdown(text, longest),
    ) as Card;
  }
  return fitting;
}

/** Only texts hold mentions, and one that was typed is escaped there. The value of an input is as it was typed. */
function isMention(text: string, field: string): boolean {
  return ['text', 'name'].includes(field) && /(?<!\\)<at>/.test(text);
}

/** Fields that people read. What a button carries, addresses and ids are none. */
const readable = ['text', 'title', 'value', 'label', 'placeholder', 'errorMessage', 'name'];
const spoken = ['speak', 'fallbackText'];

function mapTexts(node: unknown, map: (text: string, field: string) => string): unknown {
  if (Array.isArray(node)) return node.map((item) => mapTexts(item, map));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node as Fields).map(([field, value]) => {
      if (field === 'data' && isAction(node as Fields)) return [field, value];
      if (typeof value !== 'string') return [field, mapTexts(value, map)];
      if (spoken.includes(field)) return [field, cutText(map(value, field), longestSpeech)];
      return [field, readable.includes(field) ? map(value, field) : value];
    }),
  );
}

const isAction = ({ type }: Fields) => typeof type === 'string' && type.startsWith('Action.');

/** Clients that know `{{DATE(…)}}` look for it also where there is no Markdown to escape it. */
function toShown(text: string): string {
  return showInvisible(text).replaceAll(/\{\{(?=(DATE|TIME)\()/g, '{ {');
}

/** Leaves no half of an escaped character at the end, and no bold that is not closed. */
function cutMarkdown(markdown: string, longest: number): string {
  if (markdown.length <= longest) return markdown;
  const cut = cutText(markdown, longest).slice(0, -1);
  const whole = cut.replace(/(?<!\\)((?:\\\\)*)\\$/, '$1');
  const isBold = (whole.match(/(?<!\\)\*\*/g) ?? []).length % 2 === 1;
  return `${isBold ? whole.replace(/\*\*(?!.*\*\*)/s, '') : whole}…`;
}
