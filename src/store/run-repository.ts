import type { Kysely, Transaction } from 'kysely';
import type { AuditReport } from '../domain/audit.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import { mapNames } from '../domain/map-names.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { applyEntry, foldRun, type Phase, type Run } from '../domain/run.ts';
import type { Decide, RunFilter, RunStore } from '../runs/ports.ts';
import { readAnchors } from './anchors.ts';
import { appendEvents, appendFirst } from './append-entries.ts';
import type { Tables } from './database.ts';
import { lockDecisions } from './decisions-lock.ts';
import { readFreeze } from './freeze-store.ts';
import type { ChainedEntry } from './hash-chain.ts';
import { fillNames, putNamesAway } from './people.ts';
import { parseRun, readRun, readRuns, toRow, type RunRow } from './run-rows.ts';
import { withStoreErrors } from './store-error.ts';
import { verifyJournal } from './verify-journal.ts';

export type RunRepositoryOptions = {
  readonly sql: Kysely<Tables>;
  readonly clock: { now(): number };
  readonly sha256: Sha256;
  /** Enqueues the job that conducts a run, in the given transaction. */
  readonly enqueue: (runId: RunId, transaction: Transaction<Tables>) => Promise<void>;
};

export type RunRepository = RunStore & {
  /** A run's journal as it is chained, oldest first: commitments stand where names were. */
  chain(runId: RunId): Promise<readonly ChainedEntry[]>;
};

type Proposed = Extract<RunEvent, { type: 'proposed' }>;

const activePhases: readonly Phase[] = ['approved', 'baseline', 'inject', 'observe', 'recover'];
const longestList = 1_000;

/** Runs and their journal over SQL. What is written holds no names; what is read has them again. */
export function createRunRepository(options: RunRepositoryOptions): RunRepository {
  const { sql } = options;
  return {
    create: (runId, event) => withStoreErrors(() => create(runId, event, options)),
    transact: (runId, decide) => withStoreErrors(() => transact(runId, decide, options)),
    find: (runId) =>
      withStoreErrors(async () => {
        const row = await sql
          .selectFrom('runs')
          .select('run')
          .where('id', '=', runId)
          .executeTakeFirst();
        return row && (await readRun(row, sql));
      }),
    list: (filter) => withStoreErrors(() => list(filter ?? {}, sql)),
    chain: (runId) => withStoreErrors(async () => (await selectChain(runId, sql)).map(toEntry)),
    journal: (runId) =>
      withStoreErrors(async () => {
        const rows = await selectChain(runId, sql);
        const events = await fillNames(
          rows.map(({ event }) => event),
          sql,
        );
        return rows.map((row, index) => toEntry({ ...row, event: events[index] ?? row.event }));
      }),
    verify: () => withStoreErrors(() => verify(options)),
  };
}

async function create(
  runId: RunId,
  event: Proposed,
  { sql, sha256, clock }: RunRepositoryOptions,
): Promise<Run | undefined> {
  const now = clock.now();
  const toEntry = (proposed: Proposed) => ({ runId, sequence: 1, at: now, event: proposed });
  return sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    const appending = { sql: transaction, sha256, now };
    const entry = toEntry(await putNamesAway(event, mapNames, appending));
    const inserted = await transaction
      .insertInto('runs')
      .values({
        ...toRow(foldRun([entry])),
        conversation_id: event.origin.conversationId,
        proposed_at: event.proposal.proposedAt,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!inserted) return undefined;
    await appendFirst(entry, appending);
    return foldRun([toEntry(event)]);
  });
}

/**
 * Decides and commits. One lock for all runs: what one approval may do depends on which other runs are active, so two approvals at once would
 * otherwise both find the cluster free. Decisions are few and short.
 */
function transact<Outcome>(
  runId: RunId,
  decide: Decide<Outcome>,
  { sql, sha256, clock, enqueue }: RunRepositoryOptions,
) {
  return sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    const row = await selectForUpdate(runId, transaction);
    const before = await readRun(row, transaction);
    const now = clock.now();
    const activeRuns = (await list({ phases: activePhases }, transaction)).filter(
      ({ id }) => id !== runId,
    );
    const freeze = await readFreeze(transaction);
    const state = { now, activeRuns, ...(freeze ? { freeze } : {}) };
    const { events, conduct, outcome } = decide(before, state);
    await appendEvents(parseRun(row), events, { sql: transaction, sha256, now });
    if (conduct) await enqueue(runId, transaction);
    return { run: events.reduce((run, event) => applyNext(run, event, now), before), outcome };
  });
}

function applyNext(run: Run, event: RunEvent, at: number): Run {
  return applyEntry(run, { runId: run.id, sequence: run.version + 1, at, event });
}

async function selectForUpdate(runId: RunId, transaction: Transaction<Tables>): Promise<RunRow> {
  const row = await transaction
    .selectFrom('runs')
    .select('run')
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  if (row) return row;
  throw new ChaosError('run-not-found', `There is no run ${runId}.`, {
    suggestion: 'Use `history` to see the runs of this conversation.',
  });
}

function selectChain(runId: RunId, sql: Kysely<Tables>): Promise<Tables['journal'][]> {
  return sql
    .selectFrom('journal')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('sequence')
    .execute();
}

function toEntry(row: Tables['journal']): ChainedEntry {
  return {
    runId: row.run_id as RunId,
    sequence: row.sequence,
    at: row.at,
    event: JSON.parse(row.event) as RunEvent,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/** Reads everything in one transaction, so that what is written meanwhile does not look broken. */
function verify({ sql, sha256 }: RunRepositoryOptions): Promise<AuditReport> {
  return sql
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const runs = await transaction.selectFrom('runs').select(['id', 'version']).execute();
      const rows = await transaction
        .selectFrom('journal')
        .selectAll()
        .orderBy('run_id')
        .orderBy('sequence')
        .execute();
      const anchors = await readAnchors(transaction);
      const chains = Map.groupBy(rows.map(toEntry), ({ runId }) => runId);
      const names = await transaction.selectFrom('people').selectAll().execute();
      return verifyJournal({ runs: runs.map(toRunVersion), chains, anchors, names }, sha256);
    });
}

const toRunVersion = ({ id, version }: { id: string; version: number }) => ({
  id: id as RunId,
  version,
});

async function list(filter: RunFilter, sql: Kysely<Tables>): Promise<readonly Run[]> {
  const { phases, conversationId, since, before, limit = longestList } = filter;
  let query = sql.selectFrom('runs').select('run').orderBy('proposed_at', 'desc').limit(limit);
  if (phases) query = query.where('phase', 'in', [...phases]);
  if (conversationId !== undefined) query = query.where('conversation_id', '=', conversationId);
  if (since !== undefined) query = query.where('proposed_at', '>=', since);
  if (before !== undefined) query = query.where('proposed_at', '<', before);
  return readRuns(await query.execute(), sql);
}
