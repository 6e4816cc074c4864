import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Kysely, KyselyPlugin } from 'kysely';
import type { Access } from '../../src/domain/access.ts';
import type { Catalogue } from '../../src/domain/catalogue.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import { readHistory } from '../../src/runs/read-runs.ts';
import { openDatabase, type Database, type Tables } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createRunRepository, type RunRepository } from '../../src/store/run-repository.ts';
import { embeddedDatabase } from '../support/databases.ts';
import { openToAll } from '../support/open-to-all.ts';
import {
  approver,
  bystander,
  origin,
  proposer,
  sampleProposed,
  sha256,
} from '../support/proposal.ts';

const count = 230;
const size = 15;
const { conversationId } = origin;
const clock = { now: () => 0, sleep: () => Promise.resolve() };
const leads = { name: 'lead', people: [bystander], groups: [] };
const database = embeddedDatabase();
let opened: Database;
let db: Kysely<Tables>;
let runs: RunRepository;
/** Whole runs, and entries, that were read. */
let wholes = 0;
let mostAtOnce = 0;
const watch: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: ({ result }) => {
    const { length } = result.rows.filter((row) => 'run' in row || 'event' in row);
    wholes += length;
    mostAtOnce = Math.max(mostAtOnce, length);
    return Promise.resolve(result);
  },
};

beforeAll(async () => {
  opened = await openDatabase(await database.start());
  db = opened.sql;
  await migrate(db);
  const enqueue = () => Promise.resolve();
  runs = createRunRepository({ sql: db.withPlugin(watch), clock, sha256, enqueue });
  for (let number = 0; number < count; number += 1) {
    // Many are proposed at the same time, and every third for an experiment that some may not see.
    const proposedAt = Math.floor(number / 20);
    const experiment = number % 3 === 0 ? 'kept' : 'open';
    await runs.create(toId(number), sampleProposed({ proposedAt, experiment }));
  }
});
afterAll(async () => {
  await opened.close();
  await database.stop();
});
beforeEach(() => {
  wholes = 0;
  mostAtOnce = 0;
});

const toId = (number: number) => `r-${String(100_000 + number)}` as RunId;

function read(page: number, by = proposer, access?: Access) {
  const experiments = [{ name: 'kept', access }];
  const catalogue = { clusters: [], experiments } as unknown as Catalogue;
  const deps = { ...openToAll, catalogue, runs, active: new ActiveRuns(), clock };
  return readHistory({ by, conversationId, page, size }, deps);
}

async function readAll(by = proposer, access?: Access): Promise<readonly RunId[]> {
  const seen: RunId[] = [];
  for (let page = 1, left = 1; left > 0; page += 1) {
    const shown = await read(page, by, access);
    seen.push(...shown.runs.map(({ id }) => id));
    ({ left } = shown);
  }
  return seen;
}

test('a page of the history reads the runs that it shows, and no other', async () => {
  const shown = await read(4);
  expect(shown).toMatchObject({ page: 4, left: count - 4 * size, isOpen: false });
  expect(shown.runs).toHaveLength(size);
  expect(wholes).toBe(size);
});

test('its pages have every run once, newest first', async () => {
  const newestFirst = Array.from({ length: count }, (_, index) => toId(count - 1 - index));
  expect(await readAll()).toEqual(newestFirst);
  expect(await read(999)).toMatchObject({ page: 16, left: 0 });
});

test('runs that somebody may not see are on no page, and are not counted', async () => {
  const access = { see: [leads] };
  const open = Array.from({ length: count }, (_, index) => count - 1 - index)
    .filter((number) => number % 3 !== 0)
    .map(toId);
  expect(await readAll(approver, access)).toEqual(open);
  expect(await readAll(bystander, access)).toHaveLength(count);
  expect(await read(1, approver, access)).toMatchObject({ page: 1, isOpen: true });
  expect(await read(999, approver, access)).toMatchObject({ left: 0, isOpen: false });
});

test('a long list is read a few runs at a time, in its order', async () => {
  const listed = await runs.list({ phases: ['proposed'], conversationId });
  expect(listed.map(({ id }) => id)).toEqual(await readAll());
  expect(mostAtOnce).toBe(25);
});
