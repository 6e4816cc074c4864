import { Template } from 'adaptivecards-templating';
import { fitCard, isFit } from './fit-card.ts';

/** Adaptive Card JSON, version 1.5. */
export type AdaptiveCard = {
  readonly type: 'AdaptiveCard';
  readonly version: string;
  readonly body: readonly unknown[];
  readonly [field: string]: unknown;
};

/** Templates as the library has read them: reading one takes longer than filling it. */
const read = new WeakMap<object, Template>();

/**
 * Fills a template with data, and makes the card fit. Values are put in as they are: what looks like an expression inside a value is text. Elements whose
 * `$when` is false are left out. Texts in `whole` are never cut.
 */
export function expandTemplate(
  template: object,
  data: object,
  whole: readonly string[] = [],
): AdaptiveCard {
  return fitCard(fill(template, data), { whole });
}

/**
 * Fills a template with the first data with which the card is small enough for Teams as it is. Where there is none the last one is made to fit, but texts in
 * `whole` are never cut.
 */
export function expandFirstThatFits(
  template: object,
  candidates: readonly (() => object)[],
  whole: readonly string[],
): AdaptiveCard {
  let card: AdaptiveCard | undefined;
  for (const toData of candidates) {
    card = fill(template, toData());
    if (isFit(card)) break;
  }
  if (!card) throw new TypeError('A card needs data.');
  return fitCard(card, { whole });
}

function fill(template: object, data: object): AdaptiveCard {
  const ready = read.get(template) ?? new Template(template);
  read.set(template, ready);
  const card = ready.expand({ $root: data }) as AdaptiveCard;
  // A field of the card itself whose `$when` is false is left behind as null.
  const filled = Object.fromEntries(
    Object.entries(card).filter(([, value]) => value !== null),
  ) as AdaptiveCard;
  return tidy(filled);
}

/**
 * Without the values of number inputs that are no numbers: the parser of the phones refuses the whole card for one. Nor with a weight that texts have anyway:
 * a card has room for so much only.
 */
function tidy(node: AdaptiveCard): AdaptiveCard {
  return JSON.parse(JSON.stringify(node), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    const element = value as Record<string, unknown>;
    if (element['weight'] === 'Default') {
      const { weight: _, ...light } = element;
      return light;
    }
    if (element['type'] !== 'Input.Number' || !('value' in element)) return element;
    const { value: typed, ...rest } = element;
    const number = typed === '' || typed === null ? Number.NaN : Number(typed);
    return Number.isFinite(number) ? { ...rest, value: number } : rest;
  }) as AdaptiveCard;
}
