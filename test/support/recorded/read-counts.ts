import { toCardTexts } from '../card-texts.ts';

/** How many predictions were good, measured and due in a phase. */
export type PhaseCounts = { readonly good: number; readonly sent: number; readonly due: number };
/** How many predictions failed of those that were measured in a span. */
export type LossCounts = { readonly lost: number; readonly sent: number };

/** What a text of a run says in numbers. Undefined where it says nothing of it. */
export type SaidCounts = {
  readonly phases: readonly PhaseCounts[];
  /** From the request for the start until the service had recovered. */
  readonly cost: LossCounts | undefined;
  /** What the headline counts, in the order of its sentences. */
  readonly headline: readonly LossCounts[];
};

/** Returns the counts that a report says in Markdown. */
export function readMarkdownCounts(markdown: string): SaidCounts {
  return readCounts(markdown.replaceAll(/[\\*`]/g, '').split('\n'));
}

/** Returns the counts that a report says on its page. */
export function readPageCounts(page: string): SaidCounts {
  const lines = page
    .replaceAll(/<svg[^]*?<\/svg>/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/<\/t[hd]>|<\/dt>/g, ' | ')
    .replaceAll(/<\/(tr|p|dd|div|h\d|li)>/g, '\n')
    .replaceAll(/<[^>]+>/g, ' ')
    .split('\n');
  return readCounts(lines);
}

/** Returns the counts that a card says: its tables by row, everything else by text. */
export function readCardCounts(card: unknown): SaidCounts {
  return readCounts([...listRows(card), ...toCardTexts(card)]);
}

function listRows(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(listRows);
  if (typeof node !== 'object' || node === null) return [];
  if ((node as { type?: unknown }).type === 'TableRow') return [toCardTexts(node).join(' | ')];
  return Object.values(node).flatMap(listRows);
}

function readCounts(lines: readonly string[]): SaidCounts {
  const tidy = lines.map((line) => line.replaceAll(/[\s\u00A0]+/g, ' ').replace(/^[|\s-]+/, ''));
  const good = readRow(tidy, /^good\b[^|]*\bmeasured *\|/i);
  const due = readRow(tidy, /^measured\b[^|]*\bdue *\|/i);
  const isCost = (line: string) => /^(cost|spent)\b/i.test(line);
  const isHeadline = (line: string) => /\bpredictions failed\b/.test(line) && !isCost(line);
  return {
    phases: good.map(([count, sent], index) => ({
      good: count,
      sent,
      due: due[index]?.[1] ?? NaN,
    })),
    cost: readLosses(tidy.find(isCost) ?? '')[0],
    headline: readLosses(tidy.find(isHeadline) ?? ''),
  };
}

/** The pairs of numbers in the row of a table whose first cell has these words. */
function readRow(lines: readonly string[], words: RegExp): readonly (readonly [number, number])[] {
  const [, ...cells] = lines.find((line) => words.test(line))?.split('|') ?? [];
  return cells.flatMap((cell) => {
    const [, first, second] = /([\d,]+) (?:of|\/) ([\d,]+)/.exec(cell) ?? [];
    return first && second ? [[toNumber(first), toNumber(second)] as const] : [];
  });
}

/** `3 of 667 predictions`, and `None of 667 predictions`. */
function readLosses(text: string): readonly LossCounts[] {
  return Array.from(text.matchAll(/(none|\d[\d,]*) of (\d[\d,]*) predictions/gi), (match) => {
    const [, lost = '', sent = ''] = match;
    return { lost: /none/i.test(lost) ? 0 : toNumber(lost), sent: toNumber(sent) };
  });
}

const toNumber = (text: string) => Number(text.replaceAll(',', ''));
