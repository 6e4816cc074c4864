import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
}, 60_000);
afterAll(async () => {
  await here?.close();
  await there?.close();
  await database.stop();
}, 60_000);

test('a freeze of another replica is noticed, once, and its end as well', async () => {
  if (!here || !there) throw new Error('no stores');
  const seen: (string | undefined)[] = [];
  const follow = createFreezeFollower({
    freezes: here.freezes,
    announcer: { freezeChanged: (freeze) => void seen.push(freeze?.by.name) },
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
