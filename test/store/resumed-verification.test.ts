import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql, type Kysely, type KyselyPlugin, type RawBuilder } from 'kysely';
import type { AuditProblem } from '../../src/domain/audit.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { openDatabase, type Database, type Tables } from '../../src/store/database.ts';
import { createFreezeStore } from '../../src/store/freeze-store.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createRunRepository } from '../../src/store/run-repository.ts';
import { createVerifiedMarks } from '../../src/store/verify/verified-marks.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import {
  approver,
  sampleCourse,
  sampleProposed,
  sha256,
  startOfTime,
} from '../support/proposal.ts';

const hourMs = 3_600_000;
const course = sampleCourse();
const [oldest, older] = ['r-000001', 'r-000002'] as [RunId, RunId];
const entriesBefore = 2 * (course.length + 1);
const stop: RunEvent = { type: 'stop-requested', by: approver, via: { kind: 'card' } };
let count = 100;
const nextId = () => `r-000${(count += 1)}` as RunId;

describe.each([embeddedDatabase(), serverDatabase()])(
  'an audit that goes on from a mark, $name',
  (database) => {
    let opened: Database;
    let db: Kysely<Tables>;
    let now = startOfTime;
    let found: AuditProblem[] = [];
    /** The entries that were read since. */
    let read: string[] = [];
    const watch: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => {
        read.push(...result.rows.flatMap((row) => ('event' in row ? String(row['run_id']) : [])));
        return Promise.resolve(result);
      },
    };

    beforeAll(async () => {
      opened = await openDatabase(await database.start());
      db = opened.sql;
      await migrate(db);
      for (const id of [oldest, older]) await propose(id);
    });
    afterAll(async () => {
      await opened.close();
      await database.stop();
    });
    beforeEach(async () => {
      now = startOfTime;
      found = [];
      await open().verify();
      read = [];
    });

    /** The store as an installation with this key has it, in a process that has just started. */
    function open({ sealKey = 'one', smallJournal = 1, on = db } = {}) {
      return createRunRepository({
        sql: on.withPlugin(watch),
        clock: { now: () => now },
        sha256,
        enqueue: () => Promise.resolve(),
        marks: createVerifiedMarks({ sql: on, sha256, sealKey }),
        smallJournal,
        onProblem: (problem) => found.push(problem),
      });
    }

    const audit = (store = open()) => store.verify({ resume: true });

    async function propose(id = nextId(), events: readonly RunEvent[] = course): Promise<RunId> {
      const runs = open();
      await runs.create(id, sampleProposed());
      await runs.transact(id, () => ({ events, outcome: undefined }));
      return id;
    }

    /** What somebody does who owns the tables; gives what undoes it. */
    async function byHand(...statements: RawBuilder<unknown>[]): Promise<void> {
      for (const table of ['journal', 'anchors', 'freezes'])
        await sql`alter table ${sql.table(table)} disable trigger user`.execute(db);
      for (const statement of statements) await statement.execute(db);
      for (const table of ['journal', 'anchors', 'freezes'])
        await sql`alter table ${sql.table(table)} enable trigger user`.execute(db);
    }

    const setTime = (id: RunId, by: number) =>
      sql`update journal set at = at + ${by} where run_id = ${id} and sequence = 2`;

    test('reads what was written since, and counts what was before', async () => {
      const report = await audit();
      expect(read).toEqual([]);
      expect(report).toMatchObject({ fullAt: startOfTime });
      const id = await propose();
      await open().transact(older, () => ({ events: [stop], outcome: undefined }));
      await createFreezeStore({ sql: db, sha256 }).freeze({ at: now, by: approver });
      read = [];
      now += hourMs / 2;
      const { fullAt, ...resumed } = await audit();
      expect(new Set(read)).toEqual(new Set([id, older]));
      expect(fullAt).toBe(startOfTime);
      expect(resumed.entries).toBe(report.entries + course.length + 2);
      expect(resumed.runs).toBe(report.runs + 1);
      read = [];
      await audit();
      expect(read).toEqual([]);
      expect(await open().verify()).toEqual(resumed);
      expect(read.length).toBeGreaterThan(entriesBefore);
    });

    test.each<[string, (id: RunId) => RawBuilder<unknown>[], (id: RunId) => RawBuilder<unknown>[]]>(
      [
        ['an entry changed', (id) => [setTime(id, 1)], (id) => [setTime(id, -1)]],
        [
          'a row changed',
          (id) => [sql`update runs set phase = 'ended' where id = ${id}`],
          (id) => [sql`update runs set phase = 'recover' where id = ${id}`],
        ],
        [
          'an anchor changed',
          (id) => [
            sql`update anchors set hash = 'x' || hash where run_id = ${id} and entry_sequence = 2`,
          ],
          (id) => [
            sql`update anchors set hash = substr(hash, 2) where run_id = ${id} and entry_sequence = 2`,
          ],
        ],
        [
          'an entry taken away',
          (id) => [
            sql`create table gone as select * from journal where run_id = ${id} and sequence = 2`,
            sql`delete from journal where run_id = ${id} and sequence = 2`,
          ],
          () => [sql`insert into journal select * from gone`, sql`drop table gone`],
        ],
      ],
    )('with %s since, names what a whole verification names', async (_what, tamper, undo) => {
      const id = await propose();
      await byHand(...tamper(id));
      const report = await audit();
      expect(report.problem).toBeDefined();
      expect(await open().verify()).toEqual(report);
      await byHand(...undo(id));
      expect(await open().verify()).not.toHaveProperty('problem');
    });

    test('verifies everything where the mark was changed, has another key or is of another journal', async () => {
      const isWhole = async (store = open()) => {
        read = [];
        const { fullAt } = await audit(store);
        return fullAt === undefined && read.includes(oldest);
      };
      expect(await isWhole()).toBe(false);
      expect(await isWhole(open({ sealKey: 'two' }))).toBe(true);
      await open().verify();
      await sql`update verifications set mark = replace(mark, '"runs":', '"runs":1')`.execute(db);
      expect(await isWhole()).toBe(true);
      expect(await isWhole()).toBe(false);
      const marks = createVerifiedMarks({ sql: db, sha256, sealKey: 'one' });
      const mark = await marks.find();
      if (!mark) throw new Error('no mark');
      for (const other of [{ hash: sha256('another') }, { sequence: 1_000 }]) {
        await marks.save({ ...mark, anchor: { ...mark.anchor, ...other } });
        expect(await isWhole()).toBe(true);
        expect(await isWhole()).toBe(false);
      }
    });

    test('verifies everything where the journal is short, or that was done too long ago', async () => {
      expect(await audit(open({ smallJournal: 1_000_000 }))).not.toHaveProperty('fullAt');
      now += 8 * 24 * hourMs;
      expect(await audit()).not.toHaveProperty('fullAt');
      expect(await audit()).toMatchObject({ fullAt: now });
      now -= hourMs;
      expect(await audit()).not.toHaveProperty('fullAt');
    });

    test('needs no place for its mark: a database that takes no writes is verified all the same', async () => {
      await sql`alter table verifications add constraint closed check (false) not valid`.execute(
        db,
      );
      await propose();
      expect(await audit()).toMatchObject({ fullAt: startOfTime });
      expect(await open().verify()).not.toHaveProperty('problem');
      await sql`alter table verifications drop constraint closed`.execute(db);
    });

    test('verifies the run that is asked for, and all names and freezes', async () => {
      await byHand(setTime(oldest, 1));
      expect(await audit()).not.toHaveProperty('problem');
      expect(await open().verify({ resume: true, runId: oldest })).toMatchObject({
        problem: { runId: oldest, sequence: 2 },
      });
      await byHand(setTime(oldest, -1));
      await open().verify();
      await sql`update people set name = name || '!'`.execute(db);
      expect((await audit()).problem?.what).toMatch(/name of a person/);
      await sql`update people set name = rtrim(name, '!')`.execute(db);
      await open().verify();
      await byHand(sql`update freezes set at = at + 1`);
      expect((await audit()).problem).toMatchObject({ runId: 'freezes' });
      await byHand(sql`update freezes set at = at - 1`);
    });

    test('has the whole journal verified behind it once an hour, and reports what that finds', async () => {
      await byHand(setTime(oldest, 1));
      now += hourMs;
      expect(await audit()).not.toHaveProperty('problem');
      now += 1;
      expect(await audit()).not.toHaveProperty('problem');
      while (found.length === 0) await open().find(older);
      expect(found).toMatchObject([{ runId: oldest, sequence: 2 }]);
      expect(await audit()).toMatchObject({ problem: { runId: oldest, sequence: 2 } });
      await byHand(setTime(oldest, -1));
    });
  },
);
