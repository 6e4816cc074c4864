import { setImmediate } from 'node:timers/promises';
import { PGlite, type Results, type Transaction } from '@electric-sql/pglite';

/**
 * The embedded database, which works in this thread and answers without a turn of the event loop. Before each query and each transaction it lets everything
 * else that is due take its turn: without that, a hundred transactions that wait for each other run as one, and a stop waits for all of them.
 */
export class FairPGlite extends PGlite {
  override async query<Row>(...asked: Parameters<PGlite['query']>): Promise<Results<Row>> {
    await setImmediate();
    return super.query<Row>(...asked);
  }

  override async transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    await setImmediate();
    return super.transaction(work);
  }

  /** What was asked before still has its answer. */
  override async close(): Promise<void> {
    await setImmediate();
    return super.close();
  }
}
