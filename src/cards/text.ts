import { toAvailabilityInterval } from '../domain/judgement.ts';
import type { Arrivals } from '../evidence/statistics/judge-share.ts';
import { printInterval, printShare } from '../domain/print-numbers.ts';
import { cutText, showInvisible } from '../domain/visible-text.ts';

/** The longest text that a card repeats of what people typed or the cluster calls its things. */
const longestText = 300;
/** A verdict is never cut: the longest that names five other pods has room. */
export const longestReason = 800;
/** The longest name of a person, a pod or a service on a card. */
export const longestName = 80;

/**
 * Makes text from people or the cluster show as typed. Markdown, HTML, entities, mentions and the functions of Adaptive Cards would make something else of
 * it, and so would characters that nobody sees: they are shown as marks. A longer text is cut.
 */
export function escapeMarkdown(text: string, longest: number = longestText): string {
  return cutText(showInvisible(cutText(text, longest)), longest)
    .replaceAll(/[\\`*_[\]~<&]/g, String.raw`\$&`)
    .replaceAll(/(?<=\{)\{/g, String.raw`\{`)
    .replaceAll(/\s+/g, ' ')
    .replace(/^( ?\d+)([.)])/, String.raw`$1\$2`)
    .replace(/^( ?)([-+#>])/, String.raw`$1\$2`);
}

/**
 * The reason of an end in words that fit on a card: of an Azure resource its kind and name are enough.
 * The report has the id in full.
 */
export function escapeReason(why: string): string {
  return escapeMarkdown(why.replaceAll(/\/subscriptions\/[^\s'"]+/g, toShortId), longestReason);
}

/** `…/targets/microsoft-azurekubernetesservicechaosmesh` */
function toShortId(id: string): string {
  return `…/${id.split('/').slice(-2).join('/')}`;
}

/** Markdown that is ready to be shown. */
export type Markdown = { readonly markdown: string };

/** Data, which is shown as it is, or Markdown of our own. */
export type Text = string | Markdown;

/** A row of a list. Its detail is data, or Markdown of our own. */
export type Item = { readonly title: string; readonly detail: Text };

/** A sentence of our own in which `this` is something to type: cards know no code, so it is made bold. Values in it are shown as they are. */
export function prose(
  texts: TemplateStringsArray,
  ...values: readonly (string | number)[]
): Markdown {
  const escaped = texts.map((text, index) => {
    const value =
      index < values.length ? escapeMarkdown(String(values[index]), 3 * longestText) : '';
    return `${text.replaceAll(/[\\*_[\]~<&]/g, String.raw`\$&`)}${value}`;
  });
  return { markdown: toBold(escaped.join('')) };
}

/** A sentence with something to type in backticks, from where there is no Markdown: what a problem suggests. Nothing that was typed may stand in it. */
export function toProse(text: string): string {
  return toBold(escapeMarkdown(text, 3 * longestText).replaceAll('\\`', '`'));
}

/** A sentence with something to type in backticks, for where nothing can be formatted: the backticks become quotation marks. */
export function toPlainText(text: string): string {
  return text.replaceAll(/`([^`]+)`/g, '"$1"');
}

/** `code` as bold; a backtick that is escaped, or has no second one, is no code. */
function toBold(markdown: string): string {
  return markdown
    .replaceAll(/(?<!\\)`((?:[^`\\]|\\.)+)`/g, '**$1**')
    .replaceAll(/(?<!\\)`/g, '\\`');
}

/** The Markdown of a text. */
export function toMarkdown(text: Text): string {
  return typeof text === 'string' ? escapeMarkdown(text, 3 * longestText) : text.markdown;
}

type Counts = { readonly sent: number; readonly good: number };

/** `98.50 %`; a dash when nothing was sent. */
export function printAvailability({ sent, good }: Counts): string {
  return sent === 0 ? '–' : printShare(good / sent);
}

/** The 95 % interval of the availability in the measured time, `97.21 to 99.30 %`; a dash when nothing was sent. */
export function printAvailabilityInterval(
  predictions: Counts & { readonly lossRuns?: number },
  arrivals: Arrivals,
): string {
  const interval = toAvailabilityInterval(predictions, arrivals);
  return interval ? printInterval(interval) : '–';
}
