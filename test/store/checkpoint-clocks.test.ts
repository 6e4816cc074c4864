import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { wasSetBack } from '../../src/evidence/clock-readings.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { createCheckpoints } from '../../src/store/checkpoints.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';

const runId = 'r-000001' as RunId;
const minute = 60_000;

describe.each([embeddedDatabase(), serverDatabase()])('a checkpoint in $name', (database) => {
  let opened: Database;
  beforeAll(async () => {
    opened = await openDatabase(await database.start());
    await migrate(opened.sql);
  });
  afterAll(async () => {
    await opened.close();
    await database.stop();
  });

  type Machine = { readonly id: string; readonly elapsedMs: number };

  /** The store of a process whose clock is `setBackMs` behind the database's. */
  const openOn = ({ id, elapsedMs }: Machine, setBackMs = 0) =>
    createCheckpoints({
      sql: opened.sql,
      sealKey: 'one',
      clock: { now: () => Date.now() - setBackMs },
      machine: { id, elapsedMs: () => elapsedMs },
    });

  const here = { id: 'here', elapsedMs: 10 * minute };
  const elsewhere = { id: 'elsewhere', elapsedMs: 900 * minute };

  test.each<[string, Machine, number, object]>([
    ['is what was saved', here, 0, {}],
    ['is what was saved on another machine, which was started long before', elsewhere, 0, {}],
    [
      'says that the clock was set back where it is behind the database',
      elsewhere,
      20_000,
      { isClockSetBack: true },
    ],
    ['is what was saved where the clock was set forward', elsewhere, -20_000, {}],
    [
      'says so by the time since the machine was started where the clock of the database was set back as well',
      { ...here, elapsedMs: here.elapsedMs + 20_000 },
      0,
      { isClockSetBack: true },
    ],
  ])('%s', async (_what, later, setBackMs, more) => {
    await openOn(here).save(runId, { phase: 'observe' } as never);
    const found = await openOn(later, setBackMs).find(runId);
    expect(found).toEqual({ phase: 'observe', ...more });
  });
});

test('an answer that took long shows no clock that was set back', () => {
  const slow = [{ name: 'database', at: 1_000, from: 1_000, until: 9_000 }];
  const quick = [{ name: 'database', at: 20_000, from: 20_000, until: 20_001 }];
  expect(wasSetBack(slow, quick)).toBe(false);
  expect(wasSetBack(quick, slow)).toBe(false);
});
