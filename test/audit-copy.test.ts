import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql as raw } from 'kysely';
import { createAzureCredential } from '../src/azure/credential.ts';
import { createJournalContainer } from '../src/azure/journal-container.ts';
import type { RunId } from '../src/domain/ids.ts';
import type { RunEvent } from '../src/domain/run-event.ts';
import { createJournalCopier } from '../src/runs/copy-journal.ts';
import type { JournalSource } from '../src/runs/ports/journal-copy.ts';
import { openDatabase } from '../src/store/database.ts';
import { createJournalSource } from '../src/store/journal-source.ts';
import { migrate } from '../src/store/migrate.ts';
import type { KeptName } from '../src/store/people.ts';
import { rebuildRows } from '../src/store/records/rebuild-rows.ts';
import { createRunRepository } from '../src/store/run-repository.ts';
import { startAzurite, type Azurite } from './support/azurite.ts';
import { embeddedDatabase, type TestDatabase } from './support/databases.ts';
import {
  approver,
  bystander,
  sampleCourse,
  sampleProposed,
  sha256,
  startOfTime,
} from './support/proposal.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ids = ['r-000001', 'r-000002'] as RunId[];
const approved = sampleCourse()[0] as Extract<RunEvent, { type: 'approved' }>;
const stopped: RunEvent = { type: 'stop-requested', by: approver, via: approved.via };
const course: readonly RunEvent[] = [
  approved,
  { type: 'baseline-started' },
  stopped,
  { type: 'ended', ending: 'stopped', verdict: null, why: 'It was stopped.' },
];
const perRun = course.length + 1;
let azurite: Azurite;
const databases: TestDatabase[] = [];
/** What stands for names in the first journal: whoever owns its database has that too. */
let names: KeptName[] = [];

beforeAll(async () => {
  azurite = await startAzurite();
  await azurite.createContainer('journal');
  await withJournal(course, async (journal) => {
    const containerUrl = azurite.urlOf('journal');
    const copy = createJournalContainer({ containerUrl, credential: createAzureCredential() });
    const clock = { now: () => Date.now(), sleep: () => delay(20) };
    const copier = createJournalCopier({ journal, copy, clock, log: silent });
    const done = new AbortController();
    const running = copier.run(done.signal);
    while (copier.state().copied < 2 * perRun) await delay(20);
    done.abort();
    await running;
  });
});
afterAll(async () => {
  await azurite.stop();
  await Promise.all(databases.map((database) => database.stop()));
});

/** A database whose journal says that both runs went like this, its chains whole: what somebody who owns it can make. Gives its folder. */
async function withJournal(
  events: readonly RunEvent[],
  use: (journal: JournalSource) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const place = embeddedDatabase();
  databases.push(place);
  const { dataDir } = await place.start();
  const database = await openDatabase({ dataDir });
  const { sql } = database;
  await migrate(sql);
  if (names.length > 0) await sql.insertInto('people').values(names).execute();
  const enqueue = () => Promise.resolve();
  const runs = createRunRepository({ sql, clock: { now: () => startOfTime }, sha256, enqueue });
  for (const id of ids) {
    await runs.create(id, sampleProposed());
    await runs.transact(id, () => ({ events, outcome: undefined }));
  }
  names = await sql.selectFrom('people').selectAll().execute();
  await use(createJournalSource(sql));
  await database.close();
  return dataDir;
}

type Ran = { code: number; out: string; problem: string };
const verify = (dataDir: string, env: Record<string, string> = {}): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/audit.ts', 'verify'],
      {
        cwd: root,
        env: {
          PATH: process.env['PATH'],
          DATA_DIR: dataDir,
          JOURNAL_CONTAINER_URL: azurite.urlOf('journal'),
          ...azurite.environment,
          ...env,
        },
      },
      (error, out, problem) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, problem }),
    );
  });

describe('npm run audit -- verify, with a copy', () => {
  test('finds a journal that is what was copied', async () => {
    const { code, out } = await verify(await withJournal(course));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ entries: 2 * perRun, copy: { entries: 2 * perRun } });
    expect(JSON.parse(out).copy).not.toHaveProperty('problem');
  });

  const [first, second, , last] = course as [RunEvent, RunEvent, RunEvent, RunEvent];
  test.each<[string, RunEvent[], number]>([
    ['changed', [first, second, { ...stopped, by: bystander }, last], 4],
    ['robbed of an entry', [first, second, last], 4],
    ['given an entry', [first, second, stopped, stopped, last], 5],
  ])('finds where the journal was %s, all hashes made anew', async (_what, events, sequence) => {
    const { code, out } = await verify(await withJournal(events));
    expect(code).toBe(1);
    expect(JSON.parse(out)).not.toHaveProperty('problem');
    const what = expect.stringMatching(/otherwise than the journal/);
    expect(JSON.parse(out).copy.problem).toEqual({ runId: ids[0], sequence, what });
  });

  test('finds where the end of the journal was cut off, its anchors as well', async () => {
    const dataDir = await withJournal(course);
    await cutOff(dataDir, 2 * perRun - 2);
    const { code, out } = await verify(dataDir);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ entries: 2 * perRun - 2 });
    expect(JSON.parse(out)).not.toHaveProperty('problem');
    expect(JSON.parse(out).copy.problem).toEqual({
      runId: ids[1],
      sequence: perRun - 1,
      what: expect.stringMatching(/journal lacks it/),
    });
  });

  test.each([
    [{ JOURNAL_CONTAINER_URL: 'journal' }, /JOURNAL_CONTAINER_URL: journal is not https/],
    [{ IDENTITY_HEADER: 'wrong' }, /copy of the journal cannot be used/],
  ])('says why it could not compare: %j', async (env, problem) => {
    const { code, problem: said } = await verify(await withJournal(course), env);
    expect([code, said]).toEqual([2, expect.stringMatching(problem)]);
  });
});

/** Leaves so many entries, with no trace in the database that there were more. */
async function cutOff(dataDir: string, left: number): Promise<void> {
  const database = await openDatabase({ dataDir });
  const { sql } = database;
  for (const table of ['journal', 'anchors'])
    await raw`alter table ${raw.table(table)} disable trigger user`.execute(sql);
  await raw`with cut as (delete from anchors where sequence > ${left} returning run_id, entry_sequence)
    delete from journal using cut where journal.run_id = cut.run_id and sequence = cut.entry_sequence`.execute(
    sql,
  );
  await rebuildRows({ sql, sha256 });
  await database.close();
}
