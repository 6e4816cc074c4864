import { setTimeout as delay } from 'node:timers/promises';
import { sql as raw } from 'kysely';
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAzureCredential } from '../../src/azure/credential.ts';
import { createJournalContainer } from '../../src/azure/journal-container.ts';
import { toCopyText } from '../../src/domain/anchored-entry.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { compareCopy } from '../../src/runs/compare-copy.ts';
import { createJournalCopier, type JournalCopier } from '../../src/runs/copy-journal.ts';
import type { JournalCopy, JournalSource } from '../../src/runs/ports/journal-copy.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createJournalSource } from '../../src/store/journal-source.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createRunRepository, type RunRepository } from '../../src/store/run-repository.ts';
import { startAzurite, type Azurite } from '../support/azurite.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import { sampleCourse, sampleProposed, sha256 } from '../support/proposal.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** Sleeps shortly, whatever it is asked for; its time can be held, so that a busy machine lets none pass. */
let heldAt: number | undefined;
const clock = {
  now: () => heldAt ?? Date.now(),
  sleep: (_ms: number, signal?: AbortSignal) =>
    delay(20, undefined, signal ? { signal } : {}).catch(() => undefined),
};

let azurite: Azurite;
let container: ContainerClient;
let copy: JournalCopy;
let number = 0;
const ending: (() => Promise<void>)[] = [];

beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());
beforeEach(async () => {
  heldAt = undefined;
  number += 1;
  container = await azurite.createContainer(`journal-${number}`);
  const containerUrl = azurite.urlOf(`journal-${number}`);
  copy = createJournalContainer({ containerUrl, credential: createAzureCredential() });
});
afterEach(async () => {
  await Promise.all(ending.splice(0).map((end) => end()));
});

/** Holds the time at so many milliseconds after the next entry began to wait. */
function holdAfter(copier: JournalCopier, ms: number): void {
  heldAt = (copier.state().waitsSince ?? Number.NaN) + ms;
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (const endsAt = Date.now() + 15_000; !(await what()); await delay(20))
    if (Date.now() > endsAt) throw new Error(`It never came to be that ${String(what)}`);
}

describe.each([embeddedDatabase(), serverDatabase()])('a journal in $name', (place) => {
  let database: Database;
  let journal: JournalSource;
  let runs: RunRepository;

  beforeAll(async () => {
    database = await openDatabase(await place.start());
    await migrate(database.sql);
    journal = createJournalSource(database.sql);
  });
  afterAll(async () => {
    await database.close();
    await place.stop();
  });
  beforeEach(async () => {
    await tamper(raw`truncate journal, runs, anchors`);
    // One that was there before would know that everything is gone.
    const enqueue = () => Promise.resolve();
    runs = createRunRepository({ sql: database.sql, clock, sha256, enqueue });
  });

  /** As whoever owns the database can. */
  async function tamper(statement: ReturnType<typeof raw>): Promise<void> {
    for (const what of ['disable', 'enable'] as const) {
      for (const table of ['journal', 'anchors'])
        await raw`alter table ${raw.table(table)} ${raw.raw(what)} trigger user`.execute(
          database.sql,
        );
      if (what === 'disable') await statement.execute(database.sql);
    }
  }

  async function write(id: string, events = sampleCourse()): Promise<void> {
    await runs.create(id as RunId, sampleProposed());
    for (const event of events)
      await runs.transact(id as RunId, () => ({ events: [event], outcome: undefined }));
  }
  const written = () => journal.read(1, 1_000);

  function startCopier(onto = copy): JournalCopier & { end(): Promise<void> } {
    const stopping = new AbortController();
    const copier = createJournalCopier({ journal, copy: onto, clock, log: silent });
    const running = copier.run(stopping.signal);
    const end = () => {
      stopping.abort();
      return running;
    };
    ending.push(end);
    return { ...copier, end };
  }

  async function expectWholeCopy(): Promise<void> {
    const entries = await written();
    await until(async () => (await copy.list()).length === entries.length);
    expect(await copy.list()).toEqual(entries.map((_entry, index) => index + 1));
    for (const entry of entries)
      expect(await copy.read(entry.anchor.sequence)).toBe(toCopyText(entry));
    expect(await compareCopy({ journal, copy })).toEqual({ entries: entries.length });
  }

  test('is copied in the order of writing, and on after a restart, of which it was not told where it was', async () => {
    await write('r-000001');
    const first = startCopier();
    await expectWholeCopy();
    await write('r-000002');
    await expectWholeCopy();
    await first.end();
    await write('r-000003');
    const created: number[] = [];
    const counting: JournalCopy = {
      ...copy,
      create: (place, text) => {
        created.push(place);
        return copy.create(place, text);
      },
    };
    const second = startCopier(counting);
    await expectWholeCopy();
    const perRun = sampleCourse().length + 1;
    expect(created).toEqual(Array.from({ length: perRun }, (_, index) => 2 * perRun + index + 1));
    expect(second.health()).toEqual({
      name: 'journal copy',
      ok: true,
      detail: `${3 * perRun} entries are copied`,
    });
  });

  test('is copied once by several that copy at once', async () => {
    const copiers = [startCopier(), startCopier(), startCopier()];
    await Promise.all(['r-000001', 'r-000002', 'r-000003'].map((id) => write(id)));
    await expectWholeCopy();
    const entries = (await written()).length;
    await until(() => copiers.every((copier) => copier.state().copied === entries));
    expect(copiers.map((copier) => copier.state())).toEqual(
      copiers.map(() => ({ copied: entries })),
    );
  });

  test('that is longer than a page is copied without waiting', async () => {
    for (let run = 0; run < 9; run += 1) await write(`r-00000${run}`);
    expect((await written()).length).toBeGreaterThan(100);
    startCopier();
    await expectWholeCopy();
  });

  test('grows on while the storage is away, which health says after a while, and is copied when it is back', async () => {
    const copier = startCopier();
    await until(() => copier.state().waitsSince === undefined);
    await azurite.kill();
    try {
      await write('r-000001');
      await until(() => copier.state().failure !== undefined);
      holdAfter(copier, 30_000);
      expect(copier.health()).toMatchObject({ ok: true });
      holdAfter(copier, 31_000);
      expect(copier.health()).toMatchObject({
        ok: false,
        detail: expect.stringMatching(
          /cannot be used[^]*0 entries are copied, the next waits for 31 s/,
        ),
      });
      heldAt = undefined;
    } finally {
      await azurite.revive();
    }
    await expectWholeCopy();
    await until(() => copier.health().ok);
  });

  test('is not held up by storage that does not answer, which health says after a while', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const copier = startCopier({
      ...copy,
      async create(place, text) {
        asked.resolve();
        await answer.promise;
        return copy.create(place, text);
      },
    });
    try {
      await write('r-000001');
      await asked.promise;
      holdAfter(copier, 29_000);
      expect(copier.health().ok).toBe(true);
      holdAfter(copier, 45_000);
      expect(copier.health()).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/waits for 45 s/),
      });
    } finally {
      heldAt = undefined;
      answer.resolve();
    }
    await expectWholeCopy();
    await until(() => copier.health().ok);
  });

  describe('that was copied, and then', () => {
    const cutOff = () =>
      tamper(raw`with cut as (delete from anchors where sequence > 8 returning run_id, entry_sequence)
        delete from journal using cut where journal.run_id = cut.run_id and sequence = cut.entry_sequence`);
    const changed = () =>
      tamper(
        raw`update journal set event = '{"type":"expired"}' where sequence = ${sampleCourse().length + 1}`,
      );

    test.each<[string, () => Promise<unknown>, object]>([
      ['cut off', cutOff, { runId: 'r-000001', what: expect.stringMatching(/journal lacks it/) }],
      ['changed', changed, { runId: 'r-000001', what: expect.stringMatching(/otherwise/) }],
      [
        'robbed of a blob',
        () => container.deleteBlob('000000000003.json'),
        { sequence: 3, what: expect.stringMatching(/copy lacks/) },
      ],
    ])(
      '%s, is not copied any further, and both keep what they have',
      async (_what, act, problem) => {
        await write('r-000001');
        const before = startCopier();
        await expectWholeCopy();
        await before.end();
        await act();
        const left = await Promise.all((await copy.list()).map((place) => copy.read(place)));
        const copier = startCopier();
        await until(() => copier.state().difference !== undefined);
        expect(copier.state().difference).toMatchObject(problem);
        await write('r-000002');
        await delay(200);
        expect(copier.health()).toMatchObject({
          ok: false,
          detail: expect.stringMatching(/audit -- verify/),
        });
        const now = await Promise.all((await copy.list()).map((place) => copy.read(place)));
        expect(now).toEqual(left);
      },
    );

    test('cut off while it is copied, is found out at once', async () => {
      await write('r-000001');
      const copier = startCopier();
      await expectWholeCopy();
      await cutOff();
      await until(() => copier.state().difference !== undefined);
      expect(copier.health().ok).toBe(false);
    });
  });

  test('whose place in the copy somebody else took is not written over it', async () => {
    await copy.create(1, 'something else');
    await write('r-000001');
    const copier = startCopier();
    await until(() => copier.state().difference !== undefined);
    expect(copier.state().difference).toMatchObject({ sequence: 1 });
    expect(await copy.read(1)).toBe('something else');
  });
});

describe('the container', () => {
  test('keeps the first text of a place', async () => {
    expect(await copy.create(1, 'naïve')).toBe(true);
    expect(await copy.create(1, 'other')).toBe(false);
    expect([await copy.read(1), await copy.read(2)]).toEqual(['naïve', undefined]);
  });

  test('passes over blobs that are not entries', async () => {
    await copy.create(1, 'one');
    await container.getBlockBlobClient('readme.txt').upload('x', 1);
    expect(await copy.list()).toEqual([1]);
  });

  test('that is not there is an error with a next step and without secrets', async () => {
    const containerUrl = azurite.urlOf('nowhere');
    const nowhere = createJournalContainer({ containerUrl, credential: createAzureCredential() });
    for (const attempt of [
      () => nowhere.create(1, 'x'),
      () => nowhere.read(1),
      () => nowhere.list(),
    ]) {
      const error = await attempt().catch((error: unknown) => error);
      expect(error).toMatchObject({
        code: 'journal-copy-failed',
        suggestion: expect.stringMatching(/JOURNAL_CONTAINER_URL/),
      });
      expect(String((error as Error).cause)).not.toMatch(/eyJ/);
    }
  });
});
