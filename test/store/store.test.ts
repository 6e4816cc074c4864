import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import { foldRun } from '../../src/domain/run.ts';
import type { Decide } from '../../src/runs/ports/run-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { findBrokenEntry } from '../../src/store/hash-chain.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { embeddedDatabase, serverDatabase, type TestDatabase } from '../support/databases.ts';
import { canPool, pooledDatabase } from '../support/pooled-database.ts';
import { approver, origin, sampleCourse, sampleProposed, sha256 } from '../support/proposal.ts';

const clock = { now: () => Date.now() };
const warnings: string[] = [];
const log = {
  info: () => undefined,
  warn: (_fields: object, message: string) => void warnings.push(message),
  error: () => undefined,
};
/** Everybody waits for a place. */
const oneByOne = { mostAtOnce: 1, onWaiting: () => Promise.resolve([]) };
let count = 0;
const nextId = () => `r-${String((count += 1)).padStart(6, '0')}` as RunId;

/** Approves when no other run is active, as an approval does. */
const approve: Decide<'approved' | 'busy' | 'late'> = (run, { activeRuns }) => {
  if (run.phase !== 'proposed') return { events: [], outcome: 'late' };
  if (activeRuns.length > 0) return { events: [], outcome: 'busy' };
  const event = {
    type: 'approved',
    memberOf: [],
    by: approver,
    digest: run.digest,
    via: { kind: 'card' },
  } as const;
  return { events: [event], conduct: true, outcome: 'approved' };
};

/** Approves whatever else is active. */
const approveAmongOthers: Decide<unknown> = (run, state) =>
  approve(run, { ...state, activeRuns: [] });

const end = (): ReturnType<Decide<void>> => ({
  events: [{ type: 'ended', ending: 'completed', verdict: 'held', why: 'because' }],
  outcome: undefined,
});

describe.each([embeddedDatabase(), serverDatabase()])('the store in $name', (database) => {
  testStore(database);
});

const pooled = canPool ? 'PgBouncer' : 'PgBouncer (skipped: it is not on the PATH)';
(canPool ? describe : describe.skip)(`the store in a PostgreSQL server behind ${pooled}`, () => {
  testStore(pooledDatabase());
});

function testStore(database: TestDatabase): void {
  let options: { dataDir: string; databaseUrl?: string };
  let store: Store;
  const open = () => openStore({ ...options, clock, sha256, log });

  beforeAll(async () => {
    options = await database.start();
    store = await open();
  });
  afterAll(async () => {
    await store.close();
    await database.stop();
  });

  const propose = async () => {
    const run = await store.runs.create(nextId(), sampleProposed());
    if (!run) throw new Error('the id was taken');
    return run;
  };

  test('makes one run of an id, also when two are asked for at once', async () => {
    const id = nextId();
    const made = await Promise.all([1, 2, 3].map(() => store.runs.create(id, sampleProposed())));
    expect(made.filter((run) => run !== undefined)).toHaveLength(1);
    expect(await store.runs.journal(id)).toHaveLength(1);
  });

  test('keeps a run as what its journal folds to', async () => {
    const { id } = await propose();
    for (const event of sampleCourse())
      await store.runs.transact(id, () => ({ events: [event], outcome: undefined }));
    const run = await store.runs.find(id);
    expect(run).toEqual(foldRun(await store.runs.journal(id)));
    expect(run?.phase).toBe('recover');
    await store.runs.transact(id, end);
  });

  test('lists runs newest first, by phase, conversation and time', async () => {
    const run = await propose();
    const ids = async (filter: Parameters<Store['runs']['list']>[0]) =>
      (await store.runs.list(filter)).map(({ id }) => id);
    expect(await ids({ phases: ['proposed'] })).toContain(run.id);
    expect(await ids({ phases: ['observe'] })).not.toContain(run.id);
    expect(await ids({ conversationId: origin.conversationId, limit: 1 })).toHaveLength(1);
    expect(await ids({ conversationId: 'elsewhere' })).toEqual([]);
    expect(await ids({ since: run.proposal.proposedAt + 1 })).toEqual([]);
    expect(await ids({ before: run.proposal.proposedAt + 1 })).toContain(run.id);
    expect(await ids({ before: run.proposal.proposedAt })).not.toContain(run.id);
  });

  test('lists runs by when they ended, however long ago they were proposed', async () => {
    const [open, ended] = [await propose(), await propose()];
    const { run } = await store.runs.transact(ended.id, end);
    const endedAt = run.end?.at ?? NaN;
    const ids = async (endedSince: number) =>
      (await store.runs.list({ endedSince })).map(({ id }) => id);
    expect(await ids(endedAt)).toContain(ended.id);
    expect(await ids(endedAt)).not.toContain(open.id);
    expect(await ids(endedAt + 1)).not.toContain(ended.id);
    // What is written after the end does not move it.
    await store.runs.transact(ended.id, () => ({
      events: [{ type: 'stop-disallowed', by: approver, scope: 'all', roles: ['runner'] }],
      outcome: undefined,
    }));
    expect(await ids(endedAt)).toContain(ended.id);
    expect(await ids(endedAt + 1)).not.toContain(ended.id);
  });

  test('knows no run that was never proposed', async () => {
    expect(await store.runs.find(nextId())).toBeUndefined();
    await expect(store.runs.transact(nextId(), end)).rejects.toMatchObject({
      code: 'run-not-found',
    });
  });

  test('writes nothing of a decision that is not legal, or that fails', async () => {
    const { id } = await propose();
    await expect(
      store.runs.transact(id, () => ({ events: [{ type: 'start-requested' }], outcome: 0 })),
    ).rejects.toThrow('cannot follow');
    await expect(
      store.runs.transact(id, () => {
        throw new RangeError('no');
      }),
    ).rejects.toThrow('no');
    expect(await store.runs.journal(id)).toHaveLength(1);
  });

  test('lets one of twenty clicks at once decide', async () => {
    const { id } = await propose();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => store.runs.transact(id, approve)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'approved')).toHaveLength(1);
    expect(await store.runs.journal(id)).toHaveLength(2);
    await store.runs.transact(id, end);
  });

  test('lets one of two approvals at once have the cluster', async () => {
    const [first, second] = [await propose(), await propose()];
    const outcomes = await Promise.all(
      [first, second].map(({ id }) => store.runs.transact(id, approve)),
    );
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['approved', 'busy']);
    await Promise.all([first, second].map(({ id }) => store.runs.transact(id, end)));
  });

  test('chains every entry to the one before', async () => {
    const { id } = await propose();
    for (const event of sampleCourse())
      await store.runs.transact(id, () => ({ events: [event], outcome: undefined }));
    const chain = await store.runs.chain(id);
    expect(findBrokenEntry(chain, sha256)).toBeUndefined();
    const changed = chain.map((entry, index) =>
      index === 3 ? { ...entry, at: entry.at + 1 } : entry,
    );
    const dropped = chain.filter((_entry, index) => index !== 3);
    const swapped = [...chain.slice(0, 3), chain[4]!, chain[3]!, ...chain.slice(5)];
    expect(findBrokenEntry(changed, sha256)?.sequence).toBe(4);
    expect(findBrokenEntry(dropped, sha256)?.sequence).toBe(5);
    expect(findBrokenEntry(swapped, sha256)?.sequence).toBe(5);
    await store.runs.transact(id, end);
  });

  test('knows which runs wait or have ended without being shown so', async () => {
    const [waiting, active, ended] = [await propose(), await propose(), await propose()];
    const mine = new Set([waiting.id, active.id, ended.id]);
    const undelivered = async () =>
      (await store.messages.undelivered(0)).map(({ id }) => id).filter((id) => mine.has(id));
    await store.runs.transact(active.id, () => ({
      events: sampleCourse().slice(0, 2),
      outcome: undefined,
    }));
    for (const event of sampleCourse())
      await store.runs.transact(ended.id, () => ({ events: [event], outcome: undefined }));
    const { run } = await store.runs.transact(ended.id, end);
    expect(await undelivered()).toEqual([waiting.id, ended.id]);
    const show = (id: RunId, role: 'card' | 'summary', version: number) =>
      store.messages.save(id, role, { activityId: 'a', version });
    await show(waiting.id, 'card', waiting.version);
    await show(ended.id, 'card', run.version - 1);
    await show(ended.id, 'summary', run.version);
    expect(await undelivered()).toEqual([ended.id]);
    await show(ended.id, 'card', run.version);
    expect(await undelivered()).toEqual([]);
    expect(await store.messages.undelivered(clock.now() + 1)).toEqual([]);
    await store.runs.transact(active.id, end);
  });

  test('replaces checkpoints and messages, and finds them again', async () => {
    const { id } = await propose();
    expect(await store.checkpoints.find(id)).toBeUndefined();
    const checkpoint = {
      phase: 'observe',
      ledger: { until: 1_000, spans: [], seconds: [{ at: 0, sent: 1, good: 1, failures: {} }] },
      podChanges: [],
      ready: [],
    } as const;
    const later = { ...checkpoint, ready: [{ at: 1, ready: 2 }] };
    await store.checkpoints.save(id, checkpoint);
    await store.checkpoints.save(id, later);
    expect(await store.checkpoints.find(id)).toEqual(later);
    await store.messages.save(id, 'card', { activityId: 'activity-1', version: 1 });
    await store.messages.save(id, 'card', { activityId: 'activity-2', version: 2 });
    expect(await store.messages.find(id, 'card')).toEqual({ activityId: 'activity-2', version: 2 });
    expect(await store.messages.find(id, 'summary')).toBeUndefined();
  });

  test('refuses to rewrite or empty the journal, whoever asks', async () => {
    const { id } = await propose();
    await store.close();
    const direct = await openDatabase(options);
    for (const statement of [
      sql`update journal set event = '{}' where run_id = ${id}`,
      sql`delete from journal where run_id = ${id}`,
      sql`truncate journal`,
    ]) {
      await expect(statement.execute(direct.sql)).rejects.toThrow('append-only');
    }
    await direct.close();
    store = await open();
    expect(await store.runs.journal(id)).toHaveLength(1);
  });

  test('conducts what was approved, and again after it was left off, also across a restart', async () => {
    const { id } = await propose();
    const conducted: RunId[] = [];
    let rest = () => {};
    const resting = new Promise<void>((resolve) => (rest = resolve));
    await store.jobs.work(async (runId, draining) => {
      if (runId !== id) return;
      conducted.push(runId);
      await new Promise<void>((_resolve, reject) => {
        draining.addEventListener('abort', () => reject(new Error('draining')));
        if (conducted.length === 2) rest();
        if (conducted.length === 1) reject(new Error('left off'));
      });
    }, oneByOne);
    await store.runs.transact(id, approve);
    await resting;
    await store.jobs.drain(5_000);
    await store.close();

    store = await open();
    const again = new Promise<RunId>((resolve) => {
      void store.jobs.work(
        (runId) => Promise.resolve(runId === id && resolve(runId)).then(() => undefined),
        oneByOne,
      );
    });
    expect(await again).toBe(id);
    expect(conducted).toEqual([id, id]);
    await store.runs.transact(id, end);
  });

  test('conducts as many runs at once as it may, in their order, and beyond that those that cannot wait', async () => {
    // Workers of the test before would take the jobs.
    await store.jobs.drain(5_000);
    await store.close();
    store = await open();
    const ids: RunId[] = [];
    for (let place = 0; place < 4; place += 1) {
      const { id } = await propose();
      ids.push(id);
      await store.runs.transact(id, approveAmongOthers);
    }
    const begun: RunId[] = [];
    const lines: (readonly RunId[])[] = [];
    const endings = new Map<RunId, () => void>();
    await store.jobs.work(
      async (runId) => {
        if (!ids.includes(runId)) return;
        begun.push(runId);
        await new Promise<void>((resolve) => endings.set(runId, resolve));
      },
      {
        mostAtOnce: 1,
        onWaiting: (runIds) => {
          lines.push(runIds);
          return Promise.resolve(runIds.filter((id) => id === ids[3]));
        },
      },
    );
    const until = async (conducted: readonly (RunId | undefined)[]) => {
      for (const giveUpAt = Date.now() + 20_000; begun.length < conducted.length; await delay(20))
        if (Date.now() > giveUpAt) break;
      expect(begun).toEqual(conducted);
    };
    await until([ids[0], ids[3]]);
    expect(lines[0]).toEqual(ids.slice(1));
    endings.get(ids[3] as RunId)?.();
    await delay(3_000);
    expect(begun).toHaveLength(2);
    endings.get(ids[0] as RunId)?.();
    await until([ids[0], ids[3], ids[1]]);
    endings.get(ids[1] as RunId)?.();
    await until([ids[0], ids[3], ids[1], ids[2]]);
    endings.get(ids[2] as RunId)?.();
    for (const id of ids) await store.runs.transact(id, end);
    await store.jobs.drain(5_000);
    await store.close();
    store = await open();
  });

  test('looks after its queue without an error', () => {
    expect(warnings).not.toContain('The job queue met an error.');
  });

  test('says that the database does not answer', async () => {
    const other = await openStore({
      ...options,
      dataDir: `${options.dataDir}-other`,
      clock,
      sha256,
      log,
    });
    await other.close();
    await expect(other.check()).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(other.runs.find(nextId())).rejects.toMatchObject({ code: 'store-unavailable' });
  });
}
