import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql as raw, type ExpressionBuilder, type Kysely, type Transaction } from 'kysely';
import { toRecordAltered } from '../domain/alteration.ts';
import type { RunId } from '../domain/ids.ts';
import { mapNames } from '../domain/map-names.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { runNotFound } from '../domain/run-not-found.ts';
import { applyEntry, foldRun, needsIntactRecord, type Phase, type Run } from '../domain/run.ts';
import type { Claim } from '../runs/ports/claim-store.ts';
import type { Decide, RunFilter, RunStore } from '../runs/ports/run-store.ts';
import { appendEvents, appendFirst } from './append-entries.ts';
import { createCharges, type Charges } from './charges.ts';
import { requireNewest } from './claims.ts';
import type { Tables } from './database.ts';
import { lockDecisions } from './decisions-lock.ts';
import { readFreeze } from './freeze-store.ts';
import type { ChainedEntry } from './hash-chain.ts';
import { putNamesAway, putNamesBack } from './people.ts';
import { readRunChain } from './records/run-chain.ts';
import { RunRecords, type Reading } from './records/run-records.ts';
import { nameRuns, toRow, type RunRow } from './run-rows.ts';
import { withStoreErrors } from './store-error.ts';
import { createVerifier, type VerifierOptions } from './verify-store.ts';

export type RunRepositoryOptions = {
  readonly sql: Kysely<Tables>;
  readonly clock: { now(): number };
  readonly sha256: Sha256;
  /** Enqueues the job that conducts a run, in the given transaction. */
  readonly enqueue: (runId: RunId, transaction: Transaction<Tables>) => Promise<void>;
  /** What this process knows of the records of runs; shared by everything that reads runs. */
  readonly records?: RunRecords;
  /** Seals what runs are charged with; what another key sealed is read from the journal again. */
  readonly sealKey?: string | Buffer;
} & Pick<VerifierOptions, 'marks' | 'smallJournal' | 'onProblem'>;

export type RunRepository = RunStore & {
  /** A run's journal as it is chained, oldest first: commitments stand where names were. */
  chain(runId: RunId): Promise<readonly ChainedEntry[]>;
  /** Fills in what runs are charged with that another version wrote. Resolves when that is done, or on the signal. */
  fillCharges(signal: AbortSignal): Promise<void>;
};

type Proposed = Extract<RunEvent, { type: 'proposed' }>;
type Opened = RunRepositoryOptions & { readonly records: RunRecords; readonly charges: Charges };

const activePhases: readonly Phase[] = ['approved', 'baseline', 'inject', 'observe', 'recover'];
const longestList = 1_000;

/** Runs and their journal over SQL. What is written holds no names; what is read has them again. */
export function createRunRepository(options: RunRepositoryOptions): RunRepository {
  const { sql, sha256, records = new RunRecords(sha256), sealKey = randomBytes(32) } = options;
  const charges = createCharges({ sql, records, sealKey });
  const opened = { ...options, records, charges };
  const chain = async (runId: RunId) => (await readRunChain(runId, sql)).entries;
  const verify = createVerifier(options);
  return {
    create: (runId, event) => withStoreErrors(() => create(runId, event, opened)),
    transact: (runId, decide, claim) =>
      withStoreErrors(() => transact(runId, decide, { ...opened, ...(claim ? { claim } : {}) })),
    find: (runId) =>
      withStoreErrors(async () => {
        const run = await records.find(runId, { sql, locked: false });
        return run && (await nameRun(run, opened));
      }),
    list: (filter) => withStoreErrors(() => list(filter ?? {}, { sql, locked: false }, opened)),
    count: (filter) => withStoreErrors(() => count(filter, sql)),
    chain: (runId) => withStoreErrors(() => chain(runId)),
    journal: (runId) =>
      withStoreErrors(async () => {
        const entries = await chain(runId);
        const events = await putNamesBack(
          entries.map(({ event }) => event),
          mapNames,
          opened,
        );
        return entries.map((entry, index) => ({ ...entry, event: events[index] ?? entry.event }));
      }),
    charges: (filter) => withStoreErrors(() => charges.list(filter)),
    fillCharges: (signal) => withStoreErrors(() => charges.fill(signal)),
    verify: (asked) => withStoreErrors(() => verify(asked)),
  };
}

async function create(
  runId: RunId,
  event: Proposed,
  { sql, sha256, clock, records, charges }: Opened,
): Promise<Run | undefined> {
  const now = clock.now();
  const toEntry = (proposed: Proposed) => ({ runId, sequence: 1, at: now, event: proposed });
  const written = await sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    const appending = { sql: transaction, sha256, now, charges };
    const entry = toEntry(await putNamesAway(event, mapNames, appending));
    const row = toRow(foldRun([entry]));
    const inserted = await transaction
      .insertInto('runs')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    return inserted && { row, hash: await appendFirst(entry, appending) };
  });
  if (!written) return undefined;
  records.remember(written.row, written.hash);
  return foldRun([toEntry(event)]);
}

/**
 * Decides and commits. One lock for all runs: what one approval may do depends on which other runs are active, so two approvals at once would
 * otherwise both find the cluster free. Decisions are few and short.
 */
async function transact<Outcome>(
  runId: RunId,
  decide: Decide<Outcome>,
  opened: Opened & { readonly claim?: Claim },
) {
  const { sql, sha256, clock, enqueue, records, charges, claim } = opened;
  const done = await sql.transaction().execute(async (transaction) => {
    await lockDecisions(transaction);
    if (claim) await requireNewest(claim, transaction);
    const here = { ...opened, sql: transaction };
    const kept = await readForDecision(runId, here);
    const before = await nameRun(kept, here);
    const now = clock.now();
    const state = await readState(runId, now, here);
    const { events, conduct, outcome } = decide(before, state);
    if (before.alteration && events.some(needsIntactRecord)) throw toRecordAltered(before);
    const appending = { sql: transaction, sha256, now, charges };
    const written = await appendEvents(kept, events, appending);
    if (conduct) await enqueue(runId, transaction);
    const run = events.reduce((current, event) => applyNext(current, event, now), before);
    return { run: written ? withoutRowAlteration(run) : run, outcome, written };
  });
  if (done.written && !done.run.alteration) records.remember(done.written.row, done.written.hash);
  return { run: done.run, outcome: done.outcome };
}

/** While a fault may still be kept from beginning, the run is verified anew at each decision; later on, what this process knows of it is enough. */
async function readForDecision(
  runId: RunId,
  { sql, records }: Opened & { readonly sql: Transaction<Tables> },
): Promise<Run> {
  const known = await records.find(runId, { sql, locked: true });
  const isEarly = known !== undefined && known.startRequestedAt === undefined;
  const run = isEarly ? await records.readAfresh(runId, sql) : known;
  if (run) return run;
  throw runNotFound(runId);
}

async function readState(runId: RunId, now: number, opened: Opened) {
  const { sql } = opened;
  const active = await list({ phases: activePhases }, { sql, locked: true }, opened);
  const freeze = await readFreeze(opened);
  const activeRuns = active.filter(({ id }) => id !== runId);
  return { now, activeRuns, ...(freeze ? { freeze } : {}) };
}

/** Whoever appends writes the row anew, from the journal. */
function withoutRowAlteration({ alteration, ...run }: Run): Run {
  return alteration?.kind === 'journal' ? { ...run, alteration } : run;
}

function applyNext(run: Run, event: RunEvent, at: number): Run {
  return applyEntry(run, { runId: run.id, sequence: run.version + 1, at, event });
}

async function nameRun(run: Run, naming: Pick<Opened, 'sql' | 'sha256'>): Promise<Run> {
  const [named = run] = await nameRuns([run], naming);
  return named;
}

async function count(
  { conversationId }: Pick<RunFilter, 'conversationId'>,
  sql: Kysely<Tables>,
): Promise<number> {
  const { found } = await sql
    .selectFrom('runs')
    .select(raw<number>`count(*)::int`.as('found'))
    .$if(conversationId !== undefined, (all) =>
      all.where('conversation_id', '=', conversationId ?? ''),
    )
    .executeTakeFirstOrThrow();
  return found;
}

/** A longer list of whole runs would keep the event loop while it is read. */
const runsAtOnce = 25;

/** Reads a list of runs; a long one a few at a time, so that a stop waits for none of it. */
async function list(filter: RunFilter, reading: Reading, opened: Opened): Promise<readonly Run[]> {
  const { limit = longestList } = filter;
  const { sql, locked } = reading;
  if (locked || limit <= runsAtOnce) {
    const rows = await selectRuns(filter, sql).selectAll().execute();
    return toRuns(rows, filter, { reading, ...opened });
  }
  const found = await selectRuns(filter, sql).select('id').execute();
  const runs: Run[] = [];
  for (let start = 0; start < found.length; start += runsAtOnce) {
    const ids = found.slice(start, start + runsAtOnce).map(({ id }) => id);
    const rows = await sql.selectFrom('runs').selectAll().where('id', 'in', ids).execute();
    const inOrder = rows.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
    runs.push(...(await toRuns(inOrder, filter, { reading, ...opened })));
    await nextTurn();
  }
  return runs;
}

function selectRuns(filter: RunFilter, sql: Kysely<Tables>) {
  const { phases, conversationId, since, before, endedSince, offset } = filter;
  const { limit = longestList } = filter;
  let query = sql
    .selectFrom('runs')
    .orderBy('proposed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (offset !== undefined) query = query.offset(offset);
  if (phases) query = query.where('phase', 'in', [...phases]);
  if (conversationId !== undefined) query = query.where('conversation_id', '=', conversationId);
  if (since !== undefined) query = query.where('proposed_at', '>=', since);
  if (before !== undefined) query = query.where('proposed_at', '<', before);
  if (endedSince !== undefined) query = query.where(hasEndedSince(endedSince));
  return query;
}

/** Every run that has ended has a charge; one that is still to be filled in does not say when that was. */
function hasEndedSince(since: number) {
  return (where: ExpressionBuilder<Tables, 'runs'>) =>
    where.exists(
      where
        .selectFrom('charges')
        .select('run_id')
        .whereRef('charges.run_id', '=', 'runs.id')
        .where((charge) =>
          charge.or([charge('ended_at', '>=', since), charge('ended_at', 'is', null)]),
        ),
    );
}

/** Rows serve to find runs; a run whose journal has it in another phase than asked for is left out. */
async function toRuns(
  rows: readonly RunRow[],
  { phases }: RunFilter,
  { reading, records, sha256 }: Opened & { readonly reading: Reading },
): Promise<readonly Run[]> {
  const runs = await records.readRows(rows, reading);
  const asked = phases ? runs.filter(({ phase }) => phases.includes(phase)) : runs;
  return nameRuns(asked, { sql: reading.sql, sha256 });
}
