import { afterEach, describe, expect, test } from '@jest/globals';
import { sql as raw } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import { foldCharges } from '../support/fold-charges.ts';
import {
  approver,
  sampleCourse,
  sampleProposal,
  sampleProposed,
  sha256,
  startOfTime,
} from '../support/proposal.ts';
import { writeOldStore } from '../support/store-before-records.ts';

const [waiting, underWay, over] = ['r-000001', 'r-000002', 'r-000003'] as RunId[] as [
  RunId,
  RunId,
  RunId,
];
const course: readonly RunEvent[] = [sampleProposed(), ...sampleCourse()];
const untilFault = course.findIndex(({ type }) => type === 'fault-active') + 1;
const end: RunEvent = { type: 'ended', ending: 'completed', verdict: 'held', why: '' };
const by = { id: approver.id, name: approver.name };
const old = {
  runs: [
    { id: waiting, events: course.slice(0, 1) },
    { id: underWay, events: course.slice(0, untilFault) },
    { id: over, events: [...course, end] },
  ],
  freezes: [
    { kind: 'freeze', freeze: { at: startOfTime, by } },
    { kind: 'unfreeze', freeze: { at: startOfTime + 1, by } },
    { kind: 'freeze', freeze: { at: startOfTime + 2, by, reason: 'incident 4711' } },
  ],
} as const;
const entryCount = old.runs.reduce((count, { events }) => count + events.length, 0);

describe.each([embeddedDatabase(), serverDatabase()])(
  'the store of an earlier version, $name',
  (database) => {
    let store: Store | undefined;
    afterEach(async () => {
      await store?.close();
      await database.stop();
    });

    /** Writes the old database, lets `change` work on it, and opens it as this version does. */
    async function upgrade(
      change: (sql: Database['sql']) => Promise<unknown> = () => Promise.resolve(),
    ) {
      const where = await database.start();
      const before = await openDatabase(where);
      const chains = await writeOldStore(before.sql, old);
      await change(before.sql);
      await before.close();
      const errors: unknown[] = [];
      const log = {
        info: () => undefined,
        warn: () => undefined,
        error: (fields: object, message: string) => void errors.push([message, fields]),
      };
      const clock = { now: () => startOfTime + 1_000 };
      store = await openStore({ ...where, clock, sha256, log });
      return { store, chains, errors };
    }

    test('is upgraded whole: runs, the one under way, names and the freeze in force', async () => {
      const { store: upgraded, chains, errors } = await upgrade();
      const report = await upgraded.runs.verify();
      expect(report).toMatchObject({ runs: 3, entries: entryCount, freezes: 3 });
      expect(report).not.toHaveProperty('problem');
      expect(report).not.toHaveProperty('differences');
      for (const [id, chain] of chains) expect(await upgraded.runs.chain(id)).toEqual(chain);
      expect(await upgraded.freezes.current()).toEqual(old.freezes[2].freeze);
      const runs = await upgraded.runs.list();
      expect(new Map(runs.map(({ id, phase }) => [id, phase]))).toEqual(
        new Map([
          [waiting, 'proposed'],
          [underWay, 'observe'],
          [over, 'ended'],
        ]),
      );
      expect(runs.filter(({ alteration }) => alteration)).toEqual([]);
      const ended = runs.filter(({ phase }) => phase === 'ended');
      const { name, cluster } = sampleProposal().service;
      const filter = { cluster, service: name, since: 0 };
      const charges = await upgraded.runs.charges(filter);
      expect(charges).toEqual(foldCharges(ended, filter));
      expect(charges).toHaveLength(1);
      expect((await upgraded.runs.find(underWay))?.approvals[0]?.by).toEqual(approver);
      expect(errors).toEqual([]);
    });

    test('goes on: the freeze is lifted, a run is approved, and the chain holds', async () => {
      const { store: upgraded } = await upgrade();
      await upgraded.freezes.unfreeze({ at: startOfTime + 3, by });
      expect(await upgraded.freezes.current()).toBeUndefined();
      const [approved] = sampleCourse();
      if (!approved) throw new Error('no approval');
      await upgraded.runs.transact(waiting, () => ({ events: [approved], outcome: undefined }));
      await upgraded.runs.transact(underWay, () => ({
        events: [{ type: 'stop-requested', by: approver, via: { kind: 'card' } }],
        outcome: undefined,
      }));
      expect((await upgraded.runs.find(waiting))?.phase).toBe('approved');
      const report = await upgraded.runs.verify();
      expect(report).toMatchObject({ entries: entryCount + 2, freezes: 4 });
      expect(report).not.toHaveProperty('problem');
    });

    test('hides nothing that somebody had written into it by hand', async () => {
      const { store: upgraded } = await upgrade((sql) =>
        raw`update runs set phase = 'approved' where id = ${waiting}`.execute(sql),
      );
      expect((await upgraded.runs.find(waiting))?.alteration).toMatchObject({ kind: 'row' });
      expect(await upgraded.runs.verify()).toMatchObject({
        problem: { runId: waiting },
        differences: [{ field: 'column phase', journal: '"proposed"', row: '"approved"' }],
      });
    });
  },
);
