import { Template } from 'adaptivecards-templating';

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
 * Fills a template with data. Values are put in as they are: what looks like an expression inside a value is text. Elements whose `$when` is false are
 * left out.
 */
export function expandTemplate(template: object, data: object): AdaptiveCard {
  const ready = read.get(template) ?? new Template(template);
  read.set(template, ready);
  const card = ready.expand({ $root: data }) as AdaptiveCard;
  // A field of the card itself whose `$when` is false is left behind as null.
  return Object.fromEntries(
    Object.entries(card).filter(([, value]) => value !== null),
  ) as AdaptiveCard;
}
