import { sql as raw, type Transaction } from 'kysely';
import type { Tables } from './database.ts';

/** Any number that nothing else in the database takes as the key of an advisory lock. */
const decisionsLock = 7_203_917;

/** Makes decisions wait for each other until the transaction ends: what one may do depends on what others did. Decisions are few and short. */
export async function lockDecisions(transaction: Transaction<Tables>): Promise<void> {
  await limitIdleness(transaction);
  await raw`select pg_advisory_xact_lock(${raw.lit(decisionsLock)})`.execute(transaction);
}

/** Lets the database end a transaction whose process stands still in the middle of it: others wait for its locks. */
export async function limitIdleness(transaction: Transaction<Tables>): Promise<void> {
  await raw`select set_config('idle_in_transaction_session_timeout', '5s', true)`.execute(
    transaction,
  );
}
