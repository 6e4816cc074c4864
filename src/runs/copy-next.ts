import { toCopyText } from '../domain/anchored-entry.ts';
import type { AuditProblem } from '../domain/audit.ts';
import { findDifference, toGap } from './compare-copy.ts';
import type { JournalCopy, JournalSource } from './ports/journal-copy.ts';

/** The newest entry of a copy; place 0 when it has none. */
export type Copied = { readonly place: number; readonly text: string };

export type CopyStep =
  | { readonly kind: 'copied'; readonly last: Copied; readonly more: boolean }
  | { readonly kind: 'different'; readonly problem: AuditProblem };

export type CopyNextOptions = {
  readonly journal: JournalSource;
  readonly copy: JournalCopy;
  /** Ends it after the entry in hand. */
  readonly signal: AbortSignal;
  /** Called when entries wait to be copied, with the place up to which none does. */
  readonly onWaiting: (copied: number) => void;
};

const pageSize = 100;

/**
 * Copies what came after the newest copy, at most a page of it, once it is sure that the journal still has that one as it is. What is in the copy already
 * is left as it is and has to be the same.
 */
export async function copyNext(
  known: Copied | undefined,
  options: CopyNextOptions,
): Promise<CopyStep> {
  const { journal, copy, onWaiting } = options;
  const newest = known ?? (await findNewest(copy));
  if ('what' in newest) return { kind: 'different', problem: newest };
  const written = await journal.read(Math.max(1, newest.place), newest.place + pageSize);
  const rewritten = newest.place > 0 && findRewritten(newest, written);
  if (rewritten) return { kind: 'different', problem: rewritten };
  let last = newest;
  for (const entry of written.filter(({ anchor }) => anchor.sequence > newest.place)) {
    if (options.signal.aborted) break;
    onWaiting(last.place);
    const problem = await copyEntry(entry, last.place + 1, copy);
    if (problem) return { kind: 'different', problem };
    last = { place: entry.anchor.sequence, text: toCopyText(entry) };
  }
  return { kind: 'copied', last, more: last.place === newest.place + pageSize };
}

/** Copies are made in order, so that the places of a whole copy count up from 1. */
async function findNewest(copy: JournalCopy): Promise<Copied | AuditProblem> {
  const places = await copy.list();
  const gap = places.findIndex((place, index) => place !== index + 1);
  if (gap >= 0) return toGap(gap + 1);
  const place = places.length;
  return { place, text: place === 0 ? '' : ((await copy.read(place)) ?? '') };
}

type Written = Awaited<ReturnType<JournalSource['read']>>;

function findRewritten({ place, text }: Copied, written: Written): AuditProblem | undefined {
  const entry = written.find(({ anchor }) => anchor.sequence === place);
  return findDifference({ place, entry, copied: text });
}

async function copyEntry(
  entry: Written[number],
  expectedPlace: number,
  copy: JournalCopy,
): Promise<AuditProblem | undefined> {
  const place = entry.anchor.sequence;
  if (place !== expectedPlace)
    return {
      sequence: expectedPlace,
      what: 'the journal lacks the entry of this anchor and has later ones',
    };
  if (await copy.create(place, toCopyText(entry))) return undefined;
  return findDifference({ place, entry, copied: await copy.read(place) });
}
