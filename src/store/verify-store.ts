import type { Kysely } from 'kysely';
import type { AuditReport } from '../domain/audit.ts';
import type { Sha256 } from '../domain/proposal.ts';
import { readNewestAnchor } from './anchors.ts';
import type { Tables } from './database.ts';
import { verifyJournal } from './verify-journal.ts';
import { createJournalPages } from './verify/journal-pages.ts';
import { Turns } from './verify/turns.ts';

/**
 * Returns a function that verifies everything that was recorded when it is called. It reads in short statements, so that others reach the database in
 * between; who calls it while a verification goes on gets the result of that one.
 */
export function createVerifier({
  sql,
  sha256,
}: {
  readonly sql: Kysely<Tables>;
  readonly sha256: Sha256;
}): () => Promise<AuditReport> {
  let running: Promise<AuditReport> | undefined;
  return () => {
    running ??= verify().finally(() => (running = undefined));
    return running;
  };

  async function verify(): Promise<AuditReport> {
    const turns = new Turns();
    const head = await readNewestAnchor(sql);
    return verifyJournal({ pages: createJournalPages(sql, turns), head, sha256, turns });
  }
}
