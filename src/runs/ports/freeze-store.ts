import type { Freeze } from '../../domain/freeze.ts';

/** Freezes, recorded for good. Rejects with `store-unavailable`. */
export interface FreezeStore {
  current(): Promise<Freeze | undefined>;
  /** Commits a freeze, after which no decision is taken without seeing it; gives the one in force, which may be an earlier one. */
  freeze(asked: Freeze): Promise<Freeze>;
  /**
   * The same for one that was asked for while the database was away: it is marked as recorded late. Undefined, and nothing is committed, where it was recorded
   * before, or somebody has unfrozen since it was asked for.
   */
  freezeLate(asked: Freeze): Promise<Freeze | undefined>;
  /** Commits its end; gives what was in force. */
  unfreeze(lifting: Freeze): Promise<Freeze | undefined>;
}
