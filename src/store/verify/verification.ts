import type { RunId } from '../../domain/ids.ts';
import type { Sha256 } from '../../domain/proposal.ts';
import type { Anchor } from '../anchors.ts';
import { isInChain, type ChainedEntry } from '../hash-chain.ts';
import type { JournalPages } from './journal-pages.ts';
import type { VerifiedMark } from './verified-marks.ts';
import type { Turns } from './turns.ts';

/** What a part of a verification works with. */
export type Verification = {
  readonly pages: JournalPages;
  /** The newest anchor when it began: what was written later is not judged. */
  readonly head: Anchor | undefined;
  /** What was verified before and is not verified again; absent when everything is to be verified. */
  readonly since?: Since;
  readonly sha256: Sha256;
  readonly turns: Turns;
};

/** Up to where it was verified, and the runs that are verified again all the same. */
export type Since = Pick<VerifiedMark, 'anchor' | 'runs' | 'entries'> & {
  readonly runIds: readonly RunId[];
};

/** The first entry of a whole chain that is not what was written or not where it was written. Hashes in slices. */
export async function findBroken<Event extends object>(
  entries: readonly ChainedEntry<Event>[],
  { sha256, turns }: Pick<Verification, 'sha256' | 'turns'>,
): Promise<ChainedEntry<Event> | undefined> {
  for (const [index, entry] of entries.entries()) {
    if (!isInChain(entry, index, { before: entries[index - 1], sha256 })) return entry;
    await turns.offer();
  }
  return undefined;
}
