import { sql as raw, type Transaction } from 'kysely';
import type { Tables } from './database.ts';

/** Any number that nothing else in the database takes as the key of an advisory lock. */
const decisionsLock = 7_203_917;

/** Makes decisions wait for each other until the transaction ends: what one may do depends on what others did. Decisions are few and short. */
export async function lockDecisions(transaction: Transaction<Tables>): Promise<void> {
  await raw`select pg_advisory_xact_lock(${raw.lit(decisionsLock)})`.execute(transaction);
}
