import type { ObjectId } from '../../domain/ids.ts';

/** The names of people, which are kept apart from the journal. Rejects with `store-unavailable`. */
export interface NameStore {
  /** Forgets all names of somebody, wherever they stood; gives how many. */
  erase(id: ObjectId): Promise<number>;
  /** Forgets the names that nothing was written under since; gives how many. */
  eraseUnused(since: number): Promise<number>;
}
