import type { Run } from './run.ts';

/** A page of a list of runs, newest first. */
export type RunPage = {
  readonly runs: readonly Run[];
  /** Counts from 1. The last one where a later page was asked for. */
  readonly page: number;
  /** How many runs follow. */
  readonly left: number;
  /** There may be more than those that `left` counts. */
  readonly isOpen: boolean;
};

/** Which page of a list is asked for, and how many entries it has. */
export type PageRequest = { readonly page: number; readonly size: number };

/** The page of a list of this length that is shown: the last one where a later page was asked for. */
export function toShownPage({ page, size }: PageRequest, total: number): number {
  return Math.min(page, Math.max(1, Math.ceil(total / size)));
}

/** Cuts a page out of runs that were all read; `isOpen` where there may be more. */
export function cutRunPage(runs: readonly Run[], asked: PageRequest, isOpen = false): RunPage {
  const { size } = asked;
  const page = toShownPage(asked, runs.length);
  const left = Math.max(0, runs.length - page * size);
  return { runs: runs.slice((page - 1) * size, page * size), page, left, isOpen };
}
