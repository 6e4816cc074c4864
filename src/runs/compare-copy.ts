import { toCopyText, type AnchoredEntry } from '../domain/anchored-entry.ts';
import type { AuditProblem } from '../domain/audit.ts';
import type { JournalCopy, JournalSource } from './ports/journal-copy.ts';

export type CopyComparison = {
  /** How many entries the copy has. */
  readonly entries: number;
  /** The first entry that the copy has and the journal lacks or has otherwise. */
  readonly problem?: AuditProblem;
};

/** Read at once; each is a request of its own. */
const batchSize = 32;

/** Holds every entry of the copy against the journal. What is not copied yet is no problem; what the copy lost in the middle is one. */
export async function compareCopy(deps: {
  readonly journal: JournalSource;
  readonly copy: JournalCopy;
}): Promise<CopyComparison> {
  const places = await deps.copy.list();
  for (let start = 0; start < places.length; start += batchSize) {
    const problem = await compareBatch(places.slice(start, start + batchSize), start + 1, deps);
    if (problem) return { entries: places.length, problem };
  }
  return { entries: places.length };
}

async function compareBatch(
  places: readonly number[],
  first: number,
  { journal, copy }: { journal: JournalSource; copy: JournalCopy },
): Promise<AuditProblem | undefined> {
  const written = await journal.read(first, places.at(-1) ?? first);
  const texts = await Promise.all(places.map((place) => copy.read(place)));
  for (const [index, place] of places.entries()) {
    if (place !== first + index) return toGap(first + index);
    const entry = written.find(({ anchor }) => anchor.sequence === place);
    const problem = findDifference({ place, entry, copied: texts[index] });
    if (problem) return problem;
  }
  return undefined;
}

/** How the copy was kept from having this entry, when it has later ones: nobody but its owner can have taken it out. */
export function toGap(place: number): AuditProblem {
  return { sequence: place, what: 'the copy lacks the entry of this anchor and has later ones' };
}

/** What is wrong at a place of the copy, given what the journal has there. */
export function findDifference({
  place,
  entry,
  copied = '',
}: {
  readonly place: number;
  readonly entry: AnchoredEntry | undefined;
  readonly copied: string | undefined;
}): AuditProblem | undefined {
  if (entry && toCopyText(entry) === copied) return undefined;
  const what = entry
    ? 'the copy has the entry otherwise than the journal'
    : 'the copy has the entry, and the journal lacks it';
  return { ...(readPlace(copied) ?? { sequence: place }), what };
}

/** Which entry of which run it says it is. */
function readPlace(copied: string): Pick<AuditProblem, 'runId' | 'sequence'> | undefined {
  try {
    const { runId, sequence } = (JSON.parse(copied) as AnchoredEntry).entry;
    return { runId, sequence };
  } catch {
    return undefined;
  }
}
