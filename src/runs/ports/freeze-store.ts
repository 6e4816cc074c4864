import type { Freeze } from '../../domain/freeze.ts';

/** Freezes, recorded for good. Rejects with `store-unavailable`. */
export interface FreezeStore {
  current(): Promise<Freeze | undefined>;
  /** Commits a freeze, after which no decision is taken without seeing it; gives the one in force, which may be an earlier one. */
  freeze(asked: Freeze): Promise<Freeze>;
  /** Commits its end; gives what was in force. */
  unfreeze(lifting: Freeze): Promise<Freeze | undefined>;
}
