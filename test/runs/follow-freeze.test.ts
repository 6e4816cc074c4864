import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import type { Freeze } from '../../src/domain/freeze.ts';
import { createFreezeFollower } from '../../src/runs/follow-freeze.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { serverDatabase } from '../support/databases.ts';
import { approver, sha256, startOfTime } from '../support/proposal.ts';

const database = serverDatabase();
/** Of two replicas. */
let [here, there]: Store[] = [];

beforeAll(async () => {
  const options = await database.start();
  const clock = { now: () => startOfTime };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  here = await openStore({ ...options, clock, sha256, log });
  there = await openStore({ ...options, clock, sha256, log });
});
afterAll(async () => {
  await here?.close();
  await there?.close();
  await database.stop();
});

test('a freeze of another replica is noticed, once, and its end as well', async () => {
  if (!here || !there) throw new Error('no stores');
  const seen: (string | undefined)[] = [];
  const follow = createFreezeFollower({
    freezes: here.freezes,
    announcer: { freezeChanged: (freeze) => void seen.push(freeze?.by.name) },
    active: new ActiveRuns(),
  });
  await follow();
  expect(seen).toEqual([]);
  const by = { id: approver.id, name: approver.name };
  await there.freezes.freeze({ at: startOfTime, by });
  await follow();
  await follow();
  expect(seen).toEqual([approver.name]);
  await there.freezes.unfreeze({ at: startOfTime + 1, by });
  await there.freezes.freeze({ at: startOfTime + 2, by: { name: 'PagerDuty' } });
  await follow();
  await there.freezes.unfreeze({ at: startOfTime + 3, by });
  await follow();
  expect(seen).toEqual([approver.name, 'PagerDuty', undefined]);
});

test('a freeze that the database did not take is recorded when it is back', async () => {
  if (!here || !there) throw new Error('no stores');
  const by = { id: approver.id, name: approver.name };
  await here.freezes.unfreeze({ at: startOfTime + 3, by });
  const active = new ActiveRuns();
  const seen: (string | undefined)[] = [];
  let isAway = true;
  const freezes = {
    ...here.freezes,
    freezeLate: (asked: Freeze) =>
      isAway ? Promise.reject(new Error('away')) : store.freezes.freezeLate(asked),
  };
  const store = here;
  const announcer = { freezeChanged: (freeze?: Freeze) => void seen.push(freeze?.by.name) };
  const follow = createFreezeFollower({ freezes, announcer, active });
  await follow();
  active.unrecordedFreeze = { at: startOfTime + 4, by, reason: 'incident' };
  await expect(follow()).rejects.toThrow('away');
  isAway = false;
  await follow();
  expect(seen).toEqual([approver.name]);
  expect(active.unrecordedFreeze).toBeUndefined();
  expect(await there.freezes.current()).toMatchObject({
    reason: 'incident',
    recordedLate: true,
  });
  await there.freezes.unfreeze({ at: startOfTime + 5, by });
  await follow();
  expect(seen).toEqual([approver.name, undefined]);
});
