import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import { alteredName, erasedName } from '../../src/domain/person.ts';
import { toDigest } from '../../src/domain/proposal.ts';
import { createForgetting } from '../../src/runs/forget-names.ts';
import { openDatabase, type Database, type Tables } from '../../src/store/database.ts';
import { createFreezeStore } from '../../src/store/freeze-store.ts';
import { createJournalSource } from '../../src/store/journal-source.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createNameStore } from '../../src/store/people.ts';
import { createRunRepository } from '../../src/store/run-repository.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import { approver, proposer, sampleCourse, sampleProposed, sha256 } from '../support/proposal.ts';

const dayMs = 24 * 3_600_000;
let count = 0;
const nextId = () => `r-${String((count += 1)).padStart(6, '0')}` as RunId;

describe.each([embeddedDatabase(), serverDatabase()])('names of people in $name', (database) => {
  let opened: Database;
  let db: Kysely<Tables>;
  let now = 1_000;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const open = () => ({
    runs: createRunRepository({ sql: db, clock, sha256, enqueue: () => Promise.resolve() }),
    names: createNameStore(db),
    freezes: createFreezeStore({ sql: db, sha256 }),
    journal: createJournalSource(db),
  });
  let store: ReturnType<typeof open>;

  beforeAll(async () => {
    opened = await openDatabase(await database.start());
    db = opened.sql;
    await migrate(db);
    store = open();
  });
  afterAll(async () => {
    await opened.close();
    await database.stop();
  });
  beforeEach(async () => {
    await store.names.erase(approver.id);
    await store.names.erase(proposer.id);
  });

  /** A run in which both of them do something: proposed, approved, and stopped in the middle. */
  async function play(by = approver): Promise<RunId> {
    const id = nextId();
    await store.runs.create(id, sampleProposed());
    const stop = { type: 'stop-requested', by, via: { kind: 'command' } } as const;
    const course = sampleCourse().map((event) => ('by' in event ? { ...event, by } : event));
    for (const event of [...course, stop])
      await store.runs.transact(id, () => ({ events: [event], outcome: undefined }));
    return id;
  }

  /** Every row of every table of the database, as text. */
  async function dump(): Promise<string> {
    const tables = await sql<{ name: string }>`
      select quote_ident(table_schema) || '.' || quote_ident(table_name) as name
      from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
    `.execute(db);
    expect(tables.rows.length).toBeGreaterThan(5);
    const contents = await Promise.all(
      tables.rows.map(({ name }) =>
        sql<{ row: string }>`select t::text as row from ${sql.raw(name)} t`.execute(db),
      ),
    );
    return contents.flatMap(({ rows }) => rows.map(({ row }) => row)).join('\n');
  }

  test('are read as they were written', async () => {
    const id = await play();
    const run = await store.runs.find(id);
    expect(run?.proposal).toEqual(sampleProposed().proposal);
    expect(run?.approvals.map(({ by }) => by)).toEqual([approver]);
    expect((await store.runs.list({}))[0]?.stop?.by).toEqual(approver);
    const journal = await store.runs.journal(id);
    expect(journal[0]?.event).toEqual(sampleProposed());
  });

  test.each([
    ['half a character', 'Jo \ud83d', 'Jo \ufffd'],
    ['NUL', 'Jo\0Berg', 'Jo\ufffdBerg'],
  ])(
    'are kept with a mark where they hold %s, and the journal stays whole',
    async (_what, name, kept) => {
      const by = { ...approver, name };
      const run = await store.runs.find(await play(by));
      expect(run?.approvals[0]?.by.name).toBe(kept);
      await store.freezes.freeze({ at: now, by: { id: approver.id, name } });
      expect((await store.freezes.current())?.by.name).toBe(kept);
      expect((await store.runs.verify()).problem).toBeUndefined();
      await store.freezes.unfreeze({ at: now, by: { name: 'the test' } });
    },
  );

  test('stand nowhere but in their own table', async () => {
    await play();
    await store.freezes.freeze({ at: now, by: { id: approver.id, name: approver.name } });
    const rows = (await dump()).split('\n').filter((row) => row.includes(approver.name));
    expect(rows).toHaveLength(1);
    const copied = JSON.stringify(await store.journal.read(1, 1_000));
    expect(copied).not.toContain(approver.name);
    expect(copied).not.toContain(proposer.name);
    await store.freezes.unfreeze({ at: now, by: { name: 'the test' } });
  });

  test('are gone after they were erased, and the journal and the digest are still right', async () => {
    const id = await play();
    await store.freezes.freeze({ at: now, by: { id: approver.id, name: approver.name } });
    expect(await store.names.erase(approver.id)).toBe(1);
    expect(await dump()).not.toContain(approver.name);
    const run = await store.runs.find(id);
    expect(run?.approvals[0]?.by).toEqual({ ...approver, name: erasedName });
    expect(run?.proposal.proposer).toEqual(proposer);
    expect(run && toDigest(run.proposal, sha256)).toBe(run?.digest);
    expect((await store.freezes.current())?.by.name).toBe(erasedName);
    expect((await store.runs.verify()).problem).toBeUndefined();
    expect(await store.names.erase(approver.id)).toBe(0);
    await store.freezes.unfreeze({ at: now, by: { name: 'the test' } });
  });

  test('of somebody who acts again are known again from then on, not before', async () => {
    const before = await play();
    await store.names.erase(approver.id);
    const after = await play();
    const nameIn = async (id: RunId) => (await store.runs.find(id))?.approvals[0]?.by.name;
    expect([await nameIn(before), await nameIn(after)]).toEqual([erasedName, approver.name]);
  });

  test('stay as they were shown when somebody takes another', async () => {
    const before = await play();
    const after = await play({ ...approver, name: 'Alex "Lexi" Wed\\ded' });
    const nameIn = async (id: RunId) => (await store.runs.find(id))?.approvals[0]?.by.name;
    expect([await nameIn(before), await nameIn(after)]).toEqual([
      approver.name,
      'Alex "Lexi" Wed\\ded',
    ]);
    expect(await store.names.erase(approver.id)).toBe(2);
    expect([await nameIn(before), await nameIn(after)]).toEqual([erasedName, erasedName]);
  });

  test('are told from texts that look like what stands for one', async () => {
    const typed = `name:${'0f'.repeat(32)}`;
    const id = nextId();
    const { hypothesis } = sampleProposed().proposal;
    const proposed = sampleProposed({ hypothesis: { ...hypothesis, title: typed } });
    await store.runs.create(id, proposed);
    // Also where the same text does stand for a name.
    const [entry] = await store.runs.chain(id);
    const taken = /name:[0-9a-f]{64}(?!.*name:)/.exec(JSON.stringify(entry?.event))?.[0];
    const reason = `${typed} ${taken}`;
    const via = { kind: 'command' } as const;
    await store.runs.transact(id, () => ({
      events: [{ type: 'rejected', by: approver, reason, via }],
      outcome: undefined,
    }));
    const run = await store.runs.find(id);
    expect(run?.proposal.hypothesis.title).toBe(typed);
    expect(run?.rejection).toMatchObject({ by: approver, reason });
    expect(run && toDigest(run.proposal, sha256)).toBe(run?.digest);
    expect((await store.runs.journal(id))[0]?.event).toEqual(proposed);
    await store.freezes.freeze({ at: now, by: { name: typed }, reason });
    expect(await store.freezes.current()).toMatchObject({ by: { name: typed }, reason });
    await store.freezes.unfreeze({ at: now, by: { name: 'the test' } });
  });

  test('of somebody who calls themselves like what stands for one are kept like others', async () => {
    const odd = { ...approver, name: `name:${'ab'.repeat(32)}` };
    const id = await play(odd);
    expect((await store.runs.find(id))?.approvals[0]?.by).toEqual(odd);
  });

  test('cannot be changed unseen', async () => {
    const id = await play();
    await db.updateTable('people').set({ name: 'Mallory' }).execute();
    expect((await store.runs.find(id))?.approvals[0]?.by.name).toBe(alteredName);
    const { problem } = await store.runs.verify();
    expect(problem).toMatchObject({ runId: expect.any(String), sequence: 1 });
    await db.deleteFrom('people').execute();
    expect((await store.runs.verify()).problem).toBeUndefined();
  });

  test('stand for something else each time that they were erased, so that nobody finds one by trying names', async () => {
    const first = await play();
    await store.names.erase(approver.id);
    const second = await play();
    const commitmentIn = async (id: RunId) =>
      /name:[0-9a-f]{64}/.exec(JSON.stringify((await store.runs.chain(id))[1]))?.[0];
    const commitments = [await commitmentIn(first), await commitmentIn(second)];
    expect(new Set(commitments).size).toBe(2);
    expect(commitments).not.toContain(undefined);
  });

  test('are forgotten when they were not used for as long as they are kept', async () => {
    const id = await play();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const forget = createForgetting({ names: store.names, keepNamesForMs: dayMs, clock, log });
    const nameOf = async () => (await store.runs.find(id))?.approvals[0]?.by.name;
    await forget();
    expect(await nameOf()).toBe(approver.name);
    now += dayMs / 2;
    await play();
    now += dayMs * 0.75;
    await forget();
    expect(await nameOf()).toBe(approver.name);
    now += dayMs;
    await forget();
    expect(await nameOf()).toBe(erasedName);
    await createForgetting({ names: store.names, clock, log })();
  });
});
