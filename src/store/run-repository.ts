import type { Kysely, Transaction } from 'kysely';
import type { AuditReport } from '../domain/audit.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { RunEntry, RunEvent } from '../domain/run-event.ts';
import { applyEntry, foldRun, type Phase, type Run } from '../domain/run.ts';
import type { Decide, RunFilter, RunStore } from '../runs/ports.ts';
import { appendAnchor, readAnchors } from './anchors.ts';
import type { Tables } from './database.ts';
import { lockDecisions } from './decisions-lock.ts';
import { readFreeze } from './freeze-store.ts';
import { toEntryHash, toGenesisHash, type ChainedEntry } from './hash-chain.ts';
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
  /** A run's journal with its hashes, oldest first. */
  chain(runId: RunId): Promise<readonly ChainedEntry[]>;
};

const activePhases: readonly Phase[] = ['approved', 'baseline', 'inject', 'observe', 'recover'];
const longestList = 1_000;

/** Runs and their journal over SQL. */
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
        return row && parseRun(row.run);
      }),
    list: (filter) => withStoreErrors(() => list(filter ?? {}, sql)),
    chain: (runId) => withStoreErrors(() => readChain(runId, sql)),
    journal: (runId) => withStoreErrors(() => readChain(runId, sql)),
    verify: () => withStoreErrors(() => verify(options)),
  };
}

async function create(
  runId: RunId,
  event: Extract<RunEvent, { type: 'proposed' }>,
  options: RunRepositoryOptions,
): Promise<Run | undefined> {
  const entry: RunEntry = { runId, sequence: 1, at: options.clock.now(), event };
  const run = foldRun([entry]);
  return options.sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    const { conversationId } = event.origin;
    const proposedAt = event.proposal.proposedAt;
    const inserted = await transaction
      .insertInto('runs')
      .values({ ...toRow(run), conversation_id: conversationId, proposed_at: proposedAt })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!inserted) return undefined;
    await appendEntry(entry, toGenesisHash(runId, options.sha256), { transaction, ...options });
    return run;
  });
}

/**
 * Decides and commits. One lock for all runs: what one approval may do depends on which other runs are active, so two approvals at once would
 * otherwise both find the cluster free. Decisions are few and short.
 */
function transact<Outcome>(runId: RunId, decide: Decide<Outcome>, options: RunRepositoryOptions) {
  return options.sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    const before = await readForUpdate(runId, transaction);
    const now = options.clock.now();
    const activeRuns = (await list({ phases: activePhases }, transaction)).filter(
      ({ id }) => id !== runId,
    );
    const freeze = await readFreeze(transaction);
    const state = { now, activeRuns, ...(freeze ? { freeze } : {}) };
    const { events, conduct, outcome } = decide(before, state);
    const run = await appendEvents(before, events, { transaction, at: now, ...options });
    if (conduct) await options.enqueue(runId, transaction);
    return { run, outcome };
  });
}

type Appending = RunRepositoryOptions & { readonly transaction: Transaction<Tables> };

async function appendEvents(
  before: Run,
  events: readonly RunEvent[],
  appending: Appending & { readonly at: number },
): Promise<Run> {
  const { transaction, at } = appending;
  let run = before;
  let previousHash = events.length === 0 ? '' : await readLastHash(before, transaction);
  for (const event of events) {
    const entry: RunEntry = { runId: run.id, sequence: run.version + 1, at, event };
    run = applyEntry(run, entry);
    previousHash = await appendEntry(entry, previousHash, appending);
  }
  if (run !== before) {
    await transaction.updateTable('runs').set(toRow(run)).where('id', '=', run.id).execute();
  }
  return run;
}

async function appendEntry(
  entry: RunEntry,
  previousHash: string,
  { transaction, sha256 }: Appending,
): Promise<string> {
  const hash = toEntryHash(entry, previousHash, sha256);
  const { runId, sequence, at, event } = entry;
  await transaction
    .insertInto('journal')
    .values({
      run_id: runId,
      sequence,
      at,
      event: JSON.stringify(event),
      previous_hash: previousHash,
      hash,
    })
    .execute();
  await appendAnchor({ runId, sequence, hash }, { sql: transaction, sha256 });
  return hash;
}

async function readForUpdate(runId: RunId, transaction: Transaction<Tables>): Promise<Run> {
  const row = await transaction
    .selectFrom('runs')
    .select('run')
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  if (row) return parseRun(row.run);
  throw new ChaosError('run-not-found', `There is no run ${runId}.`, {
    suggestion: 'Use `history` to see the runs of this conversation.',
  });
}

async function readLastHash(run: Run, transaction: Transaction<Tables>): Promise<string> {
  const { hash } = await transaction
    .selectFrom('journal')
    .select('hash')
    .where('run_id', '=', run.id)
    .where('sequence', '=', run.version)
    .executeTakeFirstOrThrow();
  return hash;
}

async function readChain(runId: RunId, sql: Kysely<Tables>): Promise<readonly ChainedEntry[]> {
  const rows = await sql
    .selectFrom('journal')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('sequence')
    .execute();
  return rows.map(toEntry);
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
      return verifyJournal({ runs: runs.map(toRunVersion), chains, anchors }, sha256);
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
  const rows = await query.execute();
  return rows.map(({ run }) => parseRun(run));
}

function toRow(run: Run): { id: string; version: number; phase: string; run: string } {
  return { id: run.id, version: run.version, phase: run.phase, run: JSON.stringify(run) };
}

function parseRun(text: string): Run {
  return JSON.parse(text) as Run;
}
