import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Kysely, KyselyPlugin } from 'kysely';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { foldRun } from '../../src/domain/run.ts';
import { readNewestAnchor, toAnchorHash, toFirstHash } from '../../src/store/anchors.ts';
import { openDatabase, type Database, type Tables } from '../../src/store/database.ts';
import { createFreezeStore } from '../../src/store/freeze-store.ts';
import { toEntryHash, toGenesisHash, type ChainedEntry } from '../../src/store/hash-chain.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createRunRepository } from '../../src/store/run-repository.ts';
import { toRow } from '../../src/store/run-rows.ts';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { createVerifier } from '../../src/store/verify-store.ts';
import { createJournalPages, type PlacedEntry } from '../../src/store/verify/journal-pages.ts';
import { Turns } from '../../src/store/verify/turns.ts';
import { embeddedDatabase } from '../support/databases.ts';
import {
  approver,
  sampleCourse,
  sampleProposed,
  sha256,
  startOfTime,
} from '../support/proposal.ts';

const course: readonly RunEvent[] = [sampleProposed(), ...sampleCourse()];
const runCount = 200;
const entryCount = runCount * course.length;
/** What a statement may read at most. */
const pageSize = 200;
const clock = { now: () => startOfTime };
const database = embeddedDatabase();
let opened: Database;
let db: Kysely<Tables>;

beforeAll(async () => {
  opened = await openDatabase(await database.start());
  db = opened.sql;
  await migrate(db);
  await seed();
});
afterAll(async () => {
  await opened.close();
  await database.stop();
});

/** Writes runs as the bot does, many in a statement. */
async function seed(): Promise<void> {
  let place = 0;
  let previous = toFirstHash(sha256);
  for (let number = 0; number < runCount; number += 1) {
    const chain = toChain(`r-${String(100_000 + number)}` as RunId);
    const anchors = chain.map(({ runId, sequence, hash: entryHash }) => {
      place += 1;
      const anchor = {
        sequence: place,
        runId,
        entrySequence: sequence,
        entryHash,
        previousHash: previous,
        hash: '',
      };
      previous = toAnchorHash(anchor, sha256);
      return {
        sequence: place,
        run_id: runId,
        entry_sequence: sequence,
        entry_hash: entryHash,
        previous_hash: anchor.previousHash,
        hash: previous,
      };
    });
    await db
      .insertInto('runs')
      .values(toRow(foldRun(chain)))
      .execute();
    await db.insertInto('journal').values(chain.map(toJournalRow)).execute();
    await db.insertInto('anchors').values(anchors).execute();
  }
}

function toChain(runId: RunId): ChainedEntry[] {
  let previousHash = toGenesisHash(runId, sha256);
  return course.map((event, index) => {
    const entry = { runId, sequence: index + 1, at: startOfTime + index, event };
    const hash = toEntryHash(entry, previousHash, sha256);
    const chained = { ...entry, previousHash, hash };
    previousHash = hash;
    return chained;
  });
}

const toJournalRow = ({ runId, sequence, at, event, previousHash, hash }: ChainedEntry) => ({
  run_id: runId,
  sequence,
  at,
  event: JSON.stringify(event),
  previous_hash: previousHash,
  hash,
});

describe('while thousands of entries are verified', () => {
  let turn = 0;
  let counting: AbortController;
  beforeEach(() => {
    counting = new AbortController();
    const { signal } = counting;
    void (async () => {
      while (!signal.aborted) {
        await nextTurn();
        turn += 1;
      }
    })();
  });
  afterEach(() => counting.abort());

  test('each statement is short, and others get the database and the event loop in between', async () => {
    const statements: { rows: number; turn: number }[] = [];
    const watch: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => {
        statements.push({ rows: result.rows.length, turn });
        return Promise.resolve(result);
      },
    };
    const verifying = createVerifier({ sql: db.withPlugin(watch), sha256, clock })();
    const verified = new AbortController();
    void verifying.finally(() => verified.abort());
    const waits: number[] = [];
    while (!verified.signal.aborted) {
      const before = statements.length;
      await db.selectFrom('runs').selectAll().where('id', '=', 'r-100007').execute();
      waits.push(statements.length - before);
      await nextTurn();
    }
    expect(await verifying).toMatchObject({ runs: runCount, entries: entryCount });
    expect(statements.length).toBeGreaterThan((2 * entryCount) / pageSize);
    expect(Math.max(...statements.map(({ rows }) => rows))).toBe(pageSize);
    const turnsBetween = statements
      .slice(2)
      .map((one, index) => one.turn - (statements[index + 1]?.turn ?? 0));
    expect(Math.min(...turnsBetween)).toBeGreaterThan(0);
    // A stop reads a run: it waits for the statement under way, not for the verification.
    expect(Math.max(...waits)).toBeLessThanOrEqual(2);
    expect(waits.length).toBeGreaterThan(statements.length / 4);
  });

  test('what is written meanwhile raises no alarm, and is judged the next time', async () => {
    const turns = new Turns();
    const pages = createJournalPages(db, turns);
    const head = await readNewestAnchor(db);
    const writer = createWriter();
    await writer.freeze();
    const report = await verifyJournal({
      pages: { ...pages, entries: () => withWrites(pages.entries(), (id) => writer.write(id)) },
      head,
      sha256,
      turns,
    });
    expect(writer.written()).toBeGreaterThan(10);
    expect(report).toEqual({ runs: runCount, entries: entryCount, head: head?.hash });
    expect(await createVerifier({ sql: db, sha256, clock })()).toMatchObject({
      runs: runCount + 2,
      entries: entryCount + writer.written(),
      freezes: 1,
      head: (await readNewestAnchor(db))?.hash,
    });
  });

  test('entries that hold much are read a few at a time', async () => {
    const { length: entryBytes } = await writeLargeEntries('r-large1' as RunId, 20);
    const read: number[] = [];
    const watch: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => {
        const texts = result.rows.map(({ event }) => (typeof event === 'string' ? event : ''));
        read.push(Buffer.byteLength(texts.join('')));
        return Promise.resolve(result);
      },
    };
    const report = await createVerifier({ sql: db.withPlugin(watch), sha256, clock })();
    expect(report.problem).toBeUndefined();
    expect(Math.max(...read)).toBeGreaterThan(entryBytes);
    expect(Math.max(...read)).toBeLessThan(128 * 1_024 + 2 * entryBytes);
  });

  test('whoever asks for it as well gets the same answer, and afterwards a new one', async () => {
    const verify = createVerifier({ sql: db, sha256, clock });
    const [first, second] = await Promise.all([verify(), verify()]);
    expect(second).toBe(first);
    expect(await verify()).not.toBe(first);
  });
});

/** Appends entries as large as those of long runs; gives one of them as it stands in the journal. */
async function writeLargeEntries(id: RunId, count: number): Promise<string> {
  const runs = createWriterStore();
  await runs.create(id, sampleProposed());
  const text = 'x'.repeat(40_000);
  const large = { type: 'stop-requested', by: approver, via: { kind: 'card', text } } as RunEvent;
  const events = Array.from({ length: count }, () => large);
  await runs.transact(id, () => ({ events, outcome: undefined }));
  return JSON.stringify(large);
}

const createWriterStore = () =>
  createRunRepository({
    sql: db,
    clock: { now: () => startOfTime },
    sha256,
    enqueue: () => Promise.resolve(),
  });

async function* withWrites(
  pages: AsyncIterable<readonly PlacedEntry[]>,
  write: (id: RunId) => Promise<void>,
): AsyncGenerator<readonly PlacedEntry[]> {
  for await (const page of pages) {
    const last = page.at(-1)?.entry.runId;
    if (last) await write(last);
    yield page;
  }
}

/** Writes to runs that are being verified, and proposes runs before and after all others. */
function createWriter() {
  const runs = createWriterStore();
  const stop: RunEvent = { type: 'stop-requested', by: approver, via: { kind: 'card' } };
  const started = ['r-000001', 'r-zzzzzz'] as RunId[];
  let count = 0;
  return {
    written: () => count,
    freeze: () =>
      createFreezeStore({ sql: db, sha256 }).freeze({ at: startOfTime, by: { name: 'PagerDuty' } }),
    async write(id: RunId): Promise<void> {
      for (const proposed of started.splice(0)) {
        await runs.create(proposed, sampleProposed());
        count += 1;
      }
      await runs.transact(id, () => ({ events: [stop], outcome: undefined }));
      count += 1;
    },
  };
}
