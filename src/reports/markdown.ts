import { showInvisible } from '../domain/visible-text.ts';
import { createTemplate, type Part, type Safe } from './template.ts';

/** Markdown (GitHub's) in which everything put in shows as it was typed. */
export const markdown = createTemplate(escapeMarkdown);

/** Where a text stands is not known, so what means something at the beginning of a line is escaped, too. */
export function escapeMarkdown(text: string): string {
  return showInvisible(text)
    .replaceAll(/[\\`*_[\]~<>&|@]/g, String.raw`\$&`)
    .replaceAll(/:(?=\/\/)|(?<=\/)\/|(?<=\bwww)\./gi, String.raw`\$&`)
    .replaceAll(/[^\S\u00A0]+/g, ' ')
    .replace(/^(\d+)([.)])(?=\s|$)/, String.raw`$1\$2`)
    .replace(/^[-+#=](?=[-#=\s]|$)/, String.raw`\$&`);
}

/** Text as code: with more backticks around it than there are within. */
export function toCode(typed: string): Safe {
  const text = showInvisible(typed);
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const padding = /^`|`$/.test(text) ? ' ' : '';
  const inCell = text.replaceAll(/\s+/g, ' ').replaceAll('|', String.raw`\|`);
  return { safe: `${fence}${padding}${inCell}${padding}${fence}` };
}

export type MarkdownTable = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Part[])[];
};

/** A table, or nothing when it has no rows. */
export function toMarkdownTable({ head, rows }: MarkdownTable): Safe {
  if (rows.length === 0) return { safe: '' };
  const line = (cells: readonly Part[]) =>
    markdown`|${cells.map((cell) => markdown` ${cell} |`)}\n`;
  return markdown`${line(head)}|${{ safe: ' --- |'.repeat(head.length) }}\n${rows.map(line)}\n`;
}
