import type { Command } from '../domain/command.ts';
import { printCommand } from '../domain/print-command.ts';
import { toShownPage, type RunPage } from '../domain/run-page.ts';
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
};

/** Cuts a page out of a list. A page after the last one is the last one. */
export function toPage<Entry>(all: readonly Entry[], { command, size }: Paging): Page<Entry> {
  const page = toShownPage({ page: command.page ?? 1, size }, all.length);
  const entries = all.slice((page - 1) * size, page * size);
  const left = Math.max(0, all.length - page * size);
  return { entries, ...toRest(command, { page, left }) };
}

/** What follows a page. */
export function toRest(
  command: PagedCommand,
  { page, left, isOpen = false }: Pick<RunPage, 'page' | 'left'> & { readonly isOpen?: boolean },
): Omit<Page<unknown>, 'entries'> {
  if (left === 0) return { more: [], commands: [] };
  const next = printCommand({ ...command, page: page + 1 });
  const count = isOpen ? `More than ${left} more` : `${left} more`;
  return {
    more: [{ title: count, detail: prose`Next page: \`${next}\`` }],
    commands: [next],
  };
}
