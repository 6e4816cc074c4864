import { createHistogram } from 'node:perf_hooks';
import { sql as raw } from 'kysely';
import type { Digest, RunId } from '../src/domain/ids.ts';
import { decideApproval, type DecideDeps } from '../src/runs/decide-approval.ts';
import { openDatabase, type Database } from '../src/store/database.ts';
import { openJobQueue } from '../src/store/job-queue.ts';
import { migrate } from '../src/store/migrate.ts';
import { createRunRepository } from '../src/store/run-repository.ts';
import { openToAll } from '../test/support/open-to-all.ts';
import { embeddedDatabase, serverDatabase, type TestDatabase } from '../test/support/databases.ts';
import { approver, sampleProposed, sha256, startOfTime } from '../test/support/proposal.ts';
import type { Comparison } from './comparison.ts';
import { silentAnnouncer } from '../test/support/silent-announcer.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const warmUps = 20;
/** As long as the journal entry of an approval. */
const row = 'x'.repeat(300);

/**
 * From an approver's click to its committed decision, in each database, beside a transaction of one insert there. They take turns, so that both
 * meet the same weather.
 */
export async function measureDecisions(clicks: number): Promise<Comparison[]> {
  const measured = [];
  for (const database of [embeddedDatabase(), serverDatabase()])
    measured.push(...(await measureOn(database, clicks)));
  return measured;
}

async function measureOn(place: TestDatabase, clicks: number): Promise<Comparison[]> {
  const database = await openDatabase(await place.start());
  await migrate(database.sql);
  await raw`create table bare (id integer primary key, text text not null)`.execute(database.sql);
  const jobs = await openJobQueue(database, silent);
  const decisions = createHistogram();
  const inserts = createHistogram();
  const deps = toDeps(database, jobs);
  for (let number = 1; number <= warmUps + clicks; number += 1) {
    const { id, digest } = await propose(number, deps);
    const insertMs = await time(() => insert(number, database));
    const decisionMs = await time(() => approve(id, digest, deps));
    await end(id, deps);
    if (number <= warmUps) continue;
    inserts.record(toMicroseconds(insertMs));
    decisions.record(toMicroseconds(decisionMs));
  }
  await jobs.close();
  await database.close();
  await place.stop();
  return [50, 99].map((percentile) => ({
    name: `click to committed decision, p${percentile}, ${place.name}`,
    unit: 'ms, less is better',
    peer: 'a bare insert',
    ours: decisions.percentile(percentile) / 1_000,
    theirs: inserts.percentile(percentile) / 1_000,
    notes: { clicks },
  }));
}

type Jobs = Awaited<ReturnType<typeof openJobQueue>>;

const clock = { now: () => startOfTime, sleep: () => Promise.resolve() };

function toDeps({ sql }: Database, jobs: Jobs): DecideDeps {
  return {
    runs: createRunRepository({
      sql,
      sha256,
      clock,
      enqueue: (runId, transaction) => jobs.enqueue(runId, transaction),
    }),
    announcer: silentAnnouncer,
    ...openToAll,
    checks: { ask: () => Promise.resolve(undefined) },
    clock,
  };
}

async function propose(number: number, { runs }: DecideDeps) {
  const id = `r-${number.toString(36).padStart(6, '0')}` as RunId;
  const proposed = sampleProposed();
  await runs.create(id, proposed);
  return { id, digest: proposed.digest };
}

async function approve(runId: RunId, digest: Digest, deps: DecideDeps): Promise<void> {
  const via = { kind: 'card' } as const;
  const { refusal } = await decideApproval(
    { runId, digest, decision: 'approve', by: approver, via },
    deps,
  );
  if (refusal) throw new Error(`The approval that was to be measured was refused: ${refusal}`);
}

/** Frees the cluster for the next. */
async function end(runId: RunId, { runs }: DecideDeps): Promise<void> {
  const ended = { type: 'ended', ending: 'stopped', verdict: null, why: 'Measured.' } as const;
  await runs.transact(runId, () => ({ events: [ended], outcome: undefined }));
}

async function insert(id: number, { sql }: Database): Promise<void> {
  await sql
    .transaction()
    .execute((transaction) => raw`insert into bare values (${id}, ${row})`.execute(transaction));
}

async function time(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const toMicroseconds = (ms: number) => Math.max(1, Math.round(ms * 1_000));
