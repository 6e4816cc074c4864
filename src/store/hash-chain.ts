import { toCanonicalJson } from '../domain/canonical-json.ts';
import type { RunId } from '../domain/ids.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { RunEvent } from '../domain/run-event.ts';

/** An entry of a chain; `sequence` counts from 1 within it. */
export type Entry<Event extends object = RunEvent> = {
  readonly runId: RunId;
  readonly sequence: number;
  readonly at: number;
  readonly event: Event;
};

/** An entry as it stands in the journal, chained to the one before. */
export type ChainedEntry<Event extends object = RunEvent> = Entry<Event> & {
  readonly previousHash: string;
  readonly hash: string;
};

/** What the first entry of a run is chained to: the hash of its run's id, so that no run's journal can be passed off as another's. */
export function toGenesisHash(runId: string, sha256: Sha256): string {
  return sha256(toCanonicalJson({ runId }));
}

/** The hash of an entry: SHA-256 of the canonical JSON of runId, sequence, at, event and previousHash. */
export function toEntryHash(entry: Entry<object>, previousHash: string, sha256: Sha256): string {
  const { runId, sequence, at, event } = entry;
  return sha256(toCanonicalJson({ runId, sequence, at, event, previousHash }));
}

/** The first entry that is not what was written or not where it was written; undefined when the chain is whole. Cut-off ends need the anchors. */
export function findBrokenEntry<Event extends object>(
  entries: readonly ChainedEntry<Event>[],
  sha256: Sha256,
): ChainedEntry<Event> | undefined {
  return entries.find(
    (entry, index) => !isInChain(entry, index, { before: entries[index - 1], sha256 }),
  );
}

/** Whether the entry at this index of a chain is what was written, and follows the one before. */
export function isInChain(
  entry: ChainedEntry<object>,
  index: number,
  {
    before,
    sha256,
  }: { readonly before: ChainedEntry<object> | undefined; readonly sha256: Sha256 },
): boolean {
  const expected = before ? before.hash : toGenesisHash(entry.runId, sha256);
  const inPlace = entry.sequence === index + 1 && entry.previousHash === expected;
  return inPlace && entry.hash === toEntryHash(entry, entry.previousHash, sha256);
}
