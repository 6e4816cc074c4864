import { toCanonicalJson } from './canonical-json.ts';
import type { FreezeEvent } from './freeze.ts';
import type { RunId } from './ids.ts';
import type { RunEntry, RunEvent } from './run-event.ts';

/** An entry with its place in the chain over all runs: all that it takes to show later that it is what was written, and where. */
export type AnchoredEntry = {
  readonly anchor: {
    /** Counts from 1 over all runs. */
    readonly sequence: number;
    readonly runId: RunId;
    readonly entrySequence: number;
    readonly entryHash: string;
    readonly previousHash: string;
    readonly hash: string;
  };
  readonly entry: Omit<RunEntry, 'event'> & {
    readonly event: RunEvent | FreezeEvent;
    readonly previousHash: string;
    readonly hash: string;
  };
};

/** What is kept of it in a copy of the journal: the same text for the same entry, always. */
export function toCopyText({ anchor, entry }: AnchoredEntry): string {
  return toCanonicalJson({ anchor, entry });
}
