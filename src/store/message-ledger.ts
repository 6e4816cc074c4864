import type { Kysely } from 'kysely';
import type { Sha256 } from '../domain/proposal.ts';
import { wasApproved, type Run } from '../domain/run.ts';
import type { MessageLedger } from '../runs/ports/message-ledger.ts';
import type { Tables } from './database.ts';
import type { RunRecords } from './records/run-records.ts';
import { nameRuns } from './run-rows.ts';
import { withStoreErrors } from './store-error.ts';

export type MessageLedgerOptions = {
  readonly sql: Kysely<Tables>;
  readonly sha256: Sha256;
  readonly records: RunRecords;
};

/** Where the cards of runs are, and what they show. */
export function createMessageLedger(options: MessageLedgerOptions): MessageLedger {
  const { sql } = options;
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
    undelivered: (since) => withStoreErrors(() => findUndelivered(since, options)),
  };
}

async function findUndelivered(
  since: number,
  { sql, sha256, records }: MessageLedgerOptions,
): Promise<readonly Run[]> {
  const rows = await sql
    .selectFrom('runs')
    .leftJoin('messages as card', (join) =>
      join.onRef('card.run_id', '=', 'runs.id').on('card.role', '=', 'card'),
    )
    .leftJoin('messages as summary', (join) =>
      join.onRef('summary.run_id', '=', 'runs.id').on('summary.role', '=', 'summary'),
    )
    .selectAll('runs')
    .select(['card.version as shown', 'summary.version as summarized'])
    .where('runs.phase', 'in', ['proposed', 'ended'])
    .where('runs.proposed_at', '>=', since)
    .orderBy('runs.proposed_at')
    .execute();
  const told = new Map(rows.map(({ id, shown, summarized }) => [id, { shown, summarized }]));
  const runs = await records.readRows(
    rows.map(({ shown: _shown, summarized: _summarized, ...row }) => row),
    { sql, locked: false },
  );
  const undelivered = runs.filter((run) => {
    const { shown, summarized } = told.get(run.id) ?? {};
    const isShown = (shown ?? 0) >= run.version;
    const lacksSummary = run.phase === 'ended' && wasApproved(run) && summarized === null;
    return !isShown || lacksSummary;
  });
  return nameRuns(undelivered, { sql, sha256 });
}
