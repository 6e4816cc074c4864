import { tabulateChange } from './change.ts';
import { tabulateCompare } from './compare.ts';
import { tabulateCutShort } from './cut-short.ts';
import { tabulateGuard } from './guard.ts';
import { tabulateIndependentPower, tabulatePower } from './needed.ts';
import { tabulateNextRun, tabulateWorstOf } from './next-run.ts';
import { tabulateFalseOutages, tabulateMissed } from './outages.ts';
import type { Table } from './table.ts';
import { tabulateThisRun } from './this-run.ts';

/** The simulated tables of docs/statistics.md, by name. Each call simulates anew, with the same seeds. */
export const tabulations: Readonly<Record<string, () => Table>> = {
  'this-run': tabulateThisRun,
  'next-run': tabulateNextRun,
  'worst-of': tabulateWorstOf,
  compare: tabulateCompare,
  change: tabulateChange,
  guard: tabulateGuard,
  'cut-short': tabulateCutShort,
  'false-outages': tabulateFalseOutages,
  'missed-outages': tabulateMissed,
  'independent-power': tabulateIndependentPower,
  power: tabulatePower,
};

/** Returns the table of this name in the text of a document, as rows of cells; the header first. */
export function readTable(text: string, name: string): readonly (readonly string[])[] {
  const [, rest = ''] = text.split(`<!-- simulated: ${name} -->`);
  const [block = ''] = rest.split('<!-- end -->');
  return block
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Returns the text with the table put where its name stands. */
export function writeTable(text: string, { name, header, rows }: Table): string {
  const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = [toLine(header), toLine(header.map(() => '---')), ...rows.map(toLine)];
  const begin = `<!-- simulated: ${name} -->`;
  const from = text.indexOf(begin);
  const until = text.indexOf('<!-- end -->', from);
  if (from < 0 || until < 0) throw new Error(`docs/statistics.md has no place for ${name}`);
  const before = text.slice(0, from + begin.length);
  return `${before}\n\n${lines.join('\n')}\n\n${text.slice(until)}`;
}
