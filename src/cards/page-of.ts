import type { Command } from '../domain/command.ts';
import { printCommand } from '../domain/print-command.ts';
import { prose, type Item } from './text.ts';

/** A command whose answer has pages. */
export type PagedCommand = Extract<Command, { readonly page?: number }>;

/** One page of a list, and what follows it: empty on the last one. */
export type Page<Entry> = {
  readonly entries: readonly Entry[];
  /** Says how many more there are and how to get them. */
  readonly more: readonly Item[];
  /** The command that shows the next page. */
  readonly commands: readonly string[];
};

export type Paging = {
  /** The command that was answered: with its page, or without for the first. */
  readonly command: PagedCommand;
  readonly size: number;
  /** There are more than are known. */
  readonly isOpen?: boolean;
};

/** How many entries are needed to show a page and to tell how many more there are. */
export function countNeeded(page: number, size: number): number {
  return page * size + lookAhead;
}

const lookAhead = 100;

/** Cuts a page out of a list. A page after the last one is the last one. */
export function toPage<Entry>(
  all: readonly Entry[],
  { command, size, isOpen = false }: Paging,
): Page<Entry> {
  const last = Math.max(1, Math.ceil(all.length / size));
  const page = Math.min(command.page ?? 1, last);
  const entries = all.slice((page - 1) * size, page * size);
  const left = all.length - page * size;
  if (left <= 0) return { entries, more: [], commands: [] };
  const next = printCommand({ ...command, page: page + 1 });
  const count = isOpen ? `More than ${left} more` : `${left} more`;
  return {
    entries,
    more: [{ title: count, detail: prose`Next page: \`${next}\`` }],
    commands: [next],
  };
}
