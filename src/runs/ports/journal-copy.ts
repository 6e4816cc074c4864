import type { AnchoredEntry } from '../../domain/anchored-entry.ts';

/** The journal in the order in which it was written. Rejects with `store-unavailable`. */
export interface JournalSource {
  /** The entries at these places of the chain over all runs, both included. One that is not there is left out. */
  read(from: number, to: number): Promise<readonly AnchoredEntry[]>;
}

/** A copy of the journal out of reach of whoever owns the database: a text at each place, which stays. Rejects with `journal-copy-failed`. */
export interface JournalCopy {
  /** The places that have a text, ascending. */
  list(): Promise<readonly number[]>;
  read(place: number): Promise<string | undefined>;
  /** False when the place has a text already, which is left as it is. */
  create(place: number, text: string): Promise<boolean>;
}
