import type { Kysely } from 'kysely';
import type { AuditReport } from '../domain/audit.ts';
import type { Sha256 } from '../domain/proposal.ts';
import { readAnchors } from './anchors.ts';
import type { Tables } from './database.ts';
import { toEntry } from './records/run-chain.ts';
import { verifyJournal } from './verify-journal.ts';

/** Verifies everything that is recorded. Reads it in one transaction, so that what is written meanwhile does not look broken. */
export function verifyStore({
  sql,
  sha256,
}: {
  readonly sql: Kysely<Tables>;
  readonly sha256: Sha256;
}): Promise<AuditReport> {
  return sql
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const runs = await transaction.selectFrom('runs').selectAll().orderBy('id').execute();
      const rows = await transaction
        .selectFrom('journal')
        .selectAll()
        .orderBy('run_id')
        .orderBy('sequence')
        .execute();
      const freezes = await transaction
        .selectFrom('freezes')
        .selectAll()
        .orderBy('sequence')
        .execute();
      const anchors = await readAnchors(transaction);
      const chains = Map.groupBy(rows.map(toEntry), ({ runId }) => runId);
      const names = await transaction.selectFrom('people').selectAll().execute();
      // A backup from before freezes were chained has no place for them.
      const chained = freezes.filter(({ place }) => place !== undefined);
      return verifyJournal({ runs, chains, freezes: chained, anchors, names }, sha256);
    });
}
