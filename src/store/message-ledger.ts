import type { Kysely } from 'kysely';
import { wasApproved, type Run } from '../domain/run.ts';
import type { MessageLedger } from '../runs/ports.ts';
import type { Tables } from './database.ts';
import { parseRun, readRuns } from './run-rows.ts';
import { withStoreErrors } from './store-error.ts';

/** Where the cards of runs are, and what they show. */
export function createMessageLedger(sql: Kysely<Tables>): MessageLedger {
  return {
    find: (runId, role) =>
      withStoreErrors(async () => {
        const row = await sql
          .selectFrom('messages')
          .select(['activity_id', 'version'])
          .where('run_id', '=', runId)
          .where('role', '=', role)
          .executeTakeFirst();
        return row && { activityId: row.activity_id, version: row.version };
      }),
    save: (runId, role, { activityId, version }) =>
      withStoreErrors(async () => {
        const values = { activity_id: activityId, version };
        await sql
          .insertInto('messages')
          .values({ run_id: runId, role, ...values })
          .onConflict((conflict) => conflict.columns(['run_id', 'role']).doUpdateSet(values))
          .execute();
      }),
    undelivered: (since) => withStoreErrors(() => findUndelivered(since, sql)),
  };
}

async function findUndelivered(since: number, sql: Kysely<Tables>): Promise<readonly Run[]> {
  const rows = await sql
    .selectFrom('runs')
    .leftJoin('messages as card', (join) =>
      join.onRef('card.run_id', '=', 'runs.id').on('card.role', '=', 'card'),
    )
    .leftJoin('messages as summary', (join) =>
      join.onRef('summary.run_id', '=', 'runs.id').on('summary.role', '=', 'summary'),
    )
    .select(['runs.run', 'card.version as shown', 'summary.version as summarized'])
    .where('runs.phase', 'in', ['proposed', 'ended'])
    .where('runs.proposed_at', '>=', since)
    .orderBy('runs.proposed_at')
    .execute();
  const undelivered = rows.filter((row) => {
    const run = parseRun(row);
    const isShown = (row.shown ?? 0) >= run.version;
    const lacksSummary = run.phase === 'ended' && wasApproved(run) && row.summarized === null;
    return !isShown || lacksSummary;
  });
  return readRuns(undelivered, sql);
}
