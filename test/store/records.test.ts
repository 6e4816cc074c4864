import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { createCheckpoints } from '../../src/store/checkpoints.ts';
import { openDatabase, type Database, type Tables } from '../../src/store/database.ts';
import { createFreezeStore } from '../../src/store/freeze-store.ts';
import { toEntryHash } from '../../src/store/hash-chain.ts';
import { createMessageLedger } from '../../src/store/message-ledger.ts';
import { migrate } from '../../src/store/migrate.ts';
import { rebuildHiddenRows, rebuildRows } from '../../src/store/records/rebuild-rows.ts';
import { RunRecords } from '../../src/store/records/run-records.ts';
import { createRunRepository } from '../../src/store/run-repository.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import { origin, sampleCourse, sampleProposed, sha256, startOfTime } from '../support/proposal.ts';

let count = 0;
const nextId = () => `r-${String((count += 1)).padStart(6, '0')}` as RunId;
const clock = { now: () => startOfTime };
const approved = sampleCourse()[0] as RunEvent;
const held: RunEvent = { type: 'ended', ending: 'completed', verdict: 'held', why: 'because' };

describe.each([embeddedDatabase(), serverDatabase()])(
  'the records of runs in $name',
  (database) => {
    let opened: Database;
    let db: Kysely<Tables>;

    beforeAll(async () => {
      opened = await openDatabase(await database.start());
      db = opened.sql;
      await migrate(db);
    });
    afterAll(async () => {
      await opened.close();
      await database.stop();
    });

    /** The store as a process has it that has just started. */
    async function open() {
      const records = new RunRecords(sha256);
      await records.start(db);
      const enqueue = () => Promise.resolve();
      const runs = createRunRepository({ sql: db, clock, sha256, enqueue, records });
      return { runs, ledger: createMessageLedger({ sql: db, sha256, records }) };
    }

    type Store = Awaited<ReturnType<typeof open>>;

    const append = ({ runs }: Store, id: RunId, ...events: RunEvent[]) =>
      runs.transact(id, () => ({ events, outcome: undefined }));

    async function propose(store: Store, ...events: RunEvent[]): Promise<RunId> {
      const id = nextId();
      await store.runs.create(id, sampleProposed());
      for (const event of events) await append(store, id, event);
      return id;
    }

    /** What somebody does who owns the tables. */
    async function byHand(...statements: RawBuilder<unknown>[]): Promise<void> {
      for (const table of ['journal', 'anchors', 'freezes'])
        await sql`alter table ${sql.table(table)} disable trigger user`.execute(db);
      for (const statement of statements) await statement.execute(db);
      for (const table of ['journal', 'anchors', 'freezes'])
        await sql`alter table ${sql.table(table)} enable trigger user`.execute(db);
    }

    const setRun = (id: RunId, change: object) =>
      sql`update runs set run = (run::jsonb || ${JSON.stringify(change)}::jsonb)::text where id = ${id}`;

    test.each(['a process that wrote it', 'a process that has just started'])(
      'are read from the journal where a row says something else, by %s',
      async (who) => {
        const writer = await open();
        const id = await propose(writer);
        await byHand(
          sql`update runs set phase = 'approved' where id = ${id}`,
          setRun(id, { phase: 'approved', extra: 1 }),
        );
        const store = who === 'a process that wrote it' ? writer : await open();
        const run = await store.runs.find(id);
        expect(run).toMatchObject({
          phase: 'proposed',
          approvals: [],
          alteration: { kind: 'row', fields: ['column phase', 'extra', 'phase'] },
        });
        expect(
          (await store.runs.list({ phases: ['approved'] })).map((one) => one.id),
        ).not.toContain(id);
        await expect(append(store, id, approved)).rejects.toMatchObject({
          code: 'record-altered',
          message: expect.stringMatching(/column phase, extra, phase/),
        });
        const { differences } = await store.runs.verify();
        expect(differences?.map(({ field }) => field)).toEqual(['column phase', 'extra', 'phase']);
        expect(await rebuildRows({ sql: db, sha256 })).toEqual(differences);
        expect((await store.runs.verify()).differences).toBeUndefined();
        expect(await store.runs.find(id)).not.toHaveProperty('alteration');
        await append(store, id, approved);
        await append(store, id, { ...held, verdict: null, ending: 'stopped' });
      },
    );

    test.each([
      ['over', { phase: 'ended' }],
      ['waiting for approval', { phase: 'proposed' }],
      ['of another conversation', { conversation_id: '19:elsewhere' }],
    ])('are found again after a row said that a run is %s', async (_what, change) => {
      const writer = await open();
      const waiting = await propose(writer);
      const id = await propose(writer, approved);
      await db.updateTable('runs').set(change).where('id', '=', id).execute();
      await sql`update runs set version = 7 where id = ${waiting}`.execute(db);
      const { conversationId } = origin;
      const asked = { phases: ['approved' as const], conversationId };
      const found = async () => (await (await open()).runs.list(asked)).map((run) => run.id);
      expect(await found()).not.toContain(id);
      const [field] = Object.keys(change);
      const differences = await rebuildHiddenRows({ sql: db, sha256 });
      expect(differences).toMatchObject([{ runId: id, field: `column ${field}` }]);
      expect(await found()).toContain(id);
      await rebuildRows({ sql: db, sha256 });
      await append(writer, id, { ...held, verdict: null, ending: 'stopped' });
    });

    test('let everything else have its turn while many of them are read', async () => {
      const writer = await open();
      for (let run = 0; run < 40; run += 1) await propose(writer);
      const { runs, ledger } = await open();
      for (const read of [() => runs.list({ limit: 20 }), () => ledger.undelivered(0)]) {
        let [turns, reading] = [0, true];
        const count = () => {
          turns += 1;
          if (reading) setImmediate(count);
        };
        setImmediate(count);
        await read();
        reading = false;
        expect(turns).toBeGreaterThan(5);
      }
    });

    test('do not let a changed verdict be shown or told', async () => {
      const store = await open();
      const deviated: RunEvent = { ...held, verdict: 'deviated' };
      const id = await propose(store, ...sampleCourse(), deviated);
      const end = { ...(await store.runs.find(id))?.end, verdict: 'held' };
      await byHand(setRun(id, { end }));
      const shown = (await store.runs.list({ phases: ['ended'] })).find((run) => run.id === id);
      expect(shown).toMatchObject({
        id,
        end: { verdict: 'deviated' },
        alteration: { fields: ['end'] },
      });
      const told = await store.ledger.undelivered(0);
      expect(told.find((run) => run.id === id)?.end?.verdict).toBe('deviated');
      await rebuildRows({ sql: db, sha256 });
    });

    test('let a run that is being conducted be ended, but not judged, after its row was changed', async () => {
      const store = await open();
      const id = await propose(store, ...sampleCourse());
      await byHand(setRun(id, { observed: { judgement: { finding: 'held' } } }));
      await expect(append(store, id, held)).rejects.toMatchObject({ code: 'record-altered' });
      const failed: RunEvent = { type: 'failed', message: 'altered', suggestion: 'look' };
      const { run } = await append(store, id, failed);
      expect(run).not.toHaveProperty('alteration');
      await append(store, id, { ...held, ending: 'failed', verdict: 'inconclusive' });
      expect((await store.runs.verify()).problem).toBeUndefined();
    });

    test('know an entry that was changed, also with its row changed to match', async () => {
      const store = await open();
      const id = await propose(store, approved);
      const toAll = (column: string) =>
        sql`${sql.ref(column)} = replace(${sql.ref(column)}, '"mode":"one"', '"mode":"all"')`;
      await byHand(
        sql`update journal set ${toAll('event')} where run_id = ${id}`,
        sql`update runs set ${toAll('run')} where id = ${id}`,
      );
      for (const one of [store, await open()]) {
        expect((await one.runs.find(id))?.alteration).toEqual({ kind: 'journal', sequence: 1 });
        await expect(append(one, id, { type: 'baseline-started' })).rejects.toMatchObject({
          code: 'record-altered',
        });
      }
      // Stop is recorded all the same.
      const stop: RunEvent = {
        type: 'stop-requested',
        by: sampleProposed().proposal.proposer,
        via: { kind: 'card' },
      };
      const { run } = await append(store, id, stop, { ...held, ending: 'stopped', verdict: null });
      expect(run).toMatchObject({ phase: 'ended', alteration: { kind: 'journal', sequence: 1 } });
    });

    test('know an approval that was put in without a place in the chain over all runs', async () => {
      const id = await propose(await open());
      const [first] = await (await open()).runs.chain(id);
      const entry = { runId: id, sequence: 2, at: startOfTime, event: approved };
      const hash = toEntryHash(entry, first?.hash ?? '', sha256);
      const event = JSON.stringify(approved);
      await byHand(
        sql`insert into journal values (${id}, 2, ${startOfTime}, ${event}, ${first?.hash}, ${hash})`,
      );
      const run = await (await open()).runs.find(id);
      expect(run?.alteration).toEqual({ kind: 'journal', sequence: 2 });
      await byHand(sql`delete from journal where run_id = ${id} and sequence = 2`);
      expect(await (await open()).runs.find(id)).not.toHaveProperty('alteration');
    });

    test('know that the end of a run was cut off, with its anchors or without', async () => {
      const writer = await open();
      const id = await propose(writer, approved);
      const row = await db
        .selectFrom('runs')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      await append(writer, id, { ...held, ending: 'stopped', verdict: null });
      await propose(writer, { type: 'expired' }, { ...held, ending: 'expired', verdict: null });
      await db.updateTable('runs').set(row).where('id', '=', id).execute();
      await byHand(sql`delete from journal where run_id = ${id} and sequence = 3`);
      const alteration = { kind: 'journal', sequence: 3 };
      expect((await (await open()).runs.find(id))?.alteration).toEqual(alteration);
      await byHand(sql`delete from anchors where run_id = ${id} and entry_sequence = 3`);
      const store = await open();
      await expect(append(store, id, { type: 'baseline-started' })).rejects.toMatchObject({
        code: 'record-altered',
      });
      // The process that wrote the end remembers it.
      expect((await writer.runs.find(id))?.alteration).toEqual(alteration);
      // Runs that were proposed after the gap are not touched by it.
      const later = await propose(store, approved);
      expect(await store.runs.find(later)).toMatchObject({ phase: 'approved' });
      expect((await store.runs.verify()).problem).toMatchObject({ sequence: expect.any(Number) });
    });

    test('do not take what two processes write at once for an alteration', async () => {
      const [one, other] = [await open(), await open()];
      const id = await propose(one);
      const watching = Array.from(
        { length: 40 },
        async () => (await other.runs.find(id))?.alteration,
      );
      for (const event of sampleCourse()) await append(one, id, event);
      expect(new Set(await Promise.all(watching))).toEqual(new Set([undefined]));
      await append(one, id, held);
    });

    describe('freezes', () => {
      const by = { name: 'PagerDuty' };
      const freezes = () => createFreezeStore({ sql: db, sha256 });
      const altered = {
        reason: expect.stringMatching(/record of freezes in the database was altered/),
      };

      test.each<[string, () => RawBuilder<unknown>]>([
        [
          'deleted',
          () => sql`delete from freezes where sequence = (select max(sequence) from freezes)`,
        ],
        [
          'changed',
          () =>
            sql`update freezes set kind = 'unfreeze' where sequence = (select max(sequence) from freezes)`,
        ],
        [
          'lifted by a row of somebody',
          () =>
            sql`insert into freezes (kind, at, "freeze") values ('unfreeze', 1, '{"at":1,"by":{"name":"x"}}')`,
        ],
      ])('that were %s stay in force, and are found out', async (_how, change) => {
        await freezes().freeze({ at: startOfTime, by });
        await byHand(change());
        expect(await freezes().current()).toMatchObject(altered);
        const { problem } = await (await open()).runs.verify();
        expect(problem).toBeDefined();
        expect(await freezes().unfreeze({ at: startOfTime, by })).toMatchObject(altered);
        expect(await freezes().current()).toBeUndefined();
      });

      test('cannot be rewritten or emptied by the way', async () => {
        await freezes().freeze({ at: startOfTime, by });
        for (const statement of [
          sql`update freezes set at = 0`,
          sql`delete from freezes`,
          sql`truncate freezes`,
        ])
          await expect(statement.execute(db)).rejects.toThrow('append-only');
        await freezes().unfreeze({ at: startOfTime, by });
      });
    });

    test('of checkpoints are only taken with the seal of the same key', async () => {
      const id = nextId();
      const save = createCheckpoints({ sql: db, sealKey: 'one', clock: Date });
      await save.save(id, { phase: 'observe' } as never);
      expect(await createCheckpoints({ sql: db, sealKey: 'one', clock: Date }).find(id)).toEqual({
        phase: 'observe',
      });
      const rejection = { code: 'record-altered' };
      await expect(
        createCheckpoints({ sql: db, sealKey: 'two', clock: Date }).find(id),
      ).rejects.toMatchObject(rejection);
      await sql`update checkpoints set checkpoint = '{"phase":"recover"}' where run_id = ${id}`.execute(
        db,
      );
      await expect(save.find(id)).rejects.toMatchObject(rejection);
      await sql`update checkpoints set seal = null where run_id = ${id}`.execute(db);
      await expect(save.find(id)).rejects.toMatchObject(rejection);
    });
  },
);
