import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql, type Kysely, type KyselyPlugin } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { foldRun } from '../../src/domain/run.ts';
import { sumCharges } from '../../src/domain/spending.ts';
import type { ChargeFilter } from '../../src/runs/ports/run-store.ts';
import { appendEvents } from '../../src/store/append-entries.ts';
import { openDatabase, type Database, type Tables } from '../../src/store/database.ts';
import { lockDecisions } from '../../src/store/decisions-lock.ts';
import { migrate } from '../../src/store/migrate.ts';
import { rebuildRows } from '../../src/store/records/rebuild-rows.ts';
import { createRunRepository, type RunRepository } from '../../src/store/run-repository.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import { foldCharges } from '../support/fold-charges.ts';
import {
  approver,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleProposed,
  sha256,
  startOfTime,
} from '../support/proposal.ts';

const dayMs = 24 * 3_600_000;
const { service } = sampleProposal();
const clusters = ['aks', 'other'];
const services = ['diabetes', 'fraud'];
const end: RunEvent = { type: 'ended', ending: 'completed', verdict: 'deviated', why: '' };

/** What may be written behind the end of a run. */
const disallowed: RunEvent = {
  type: 'stop-disallowed',
  by: approver,
  scope: 'all',
  roles: ['on-call'],
};

/** A run that lost some predictions, or of which only a part was recorded; and what was written behind its end. */
type Story = {
  readonly cluster: string;
  readonly service: string;
  readonly lost: number;
  readonly events: number;
  readonly rehearsal: boolean;
  readonly ends: boolean;
  readonly endedAt: number;
  readonly late: boolean;
};
const courseLength = sampleCourse().length;
const story: fc.Arbitrary<Story> = fc.record({
  cluster: fc.constantFrom(...clusters),
  service: fc.constantFrom(...services),
  lost: fc.nat(500),
  events: fc.oneof(fc.constant(courseLength), fc.nat(courseLength)),
  rehearsal: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  ends: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  endedAt: fc.integer({ min: startOfTime - 40 * dayMs, max: startOfTime }),
  late: fc.boolean(),
});
const asked: fc.Arbitrary<ChargeFilter> = fc.record({
  cluster: fc.constantFrom(...clusters),
  service: fc.constantFrom(...services),
  since: fc.integer({ min: startOfTime - 41 * dayMs, max: startOfTime }),
});
const everything = (name = 'diabetes', cluster = 'aks') => ({ cluster, service: name, since: 0 });

describe.each([embeddedDatabase(), serverDatabase()])('charges of runs, $name', (database) => {
  let opened: Database;
  let db: Kysely<Tables>;
  let now = startOfTime;
  let count = 0;
  /** Reads whole runs, and knows those that it has read. */
  let reader: RunRepository | undefined;
  /** Whole runs and events that were read. */
  let wholes = 0;
  const watch: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) => {
      wholes += result.rows.filter((row) => 'run' in row || 'event' in row).length;
      return Promise.resolve(result);
    },
  };

  beforeAll(async () => {
    opened = await openDatabase(await database.start());
    db = opened.sql;
    await migrate(db);
  });
  afterAll(async () => {
    await opened.close();
    await database.stop();
  });

  function open(sealKey = 'one'): RunRepository {
    const enqueue = () => Promise.resolve();
    const clock = { now: () => now };
    return createRunRepository({ sql: db.withPlugin(watch), clock, sha256, enqueue, sealKey });
  }

  async function tell(
    told: Partial<Story>,
    runs = open(),
    append = runs.transact.bind(runs),
  ): Promise<RunId> {
    const id = `r-${(count += 1).toString().padStart(6, '0')}` as RunId;
    const { lost = 100, events = courseLength, endedAt = startOfTime, ends = true } = told;
    const { cluster = 'aks', service: name = 'diabetes', rehearsal = false, late = false } = told;
    now = endedAt - 60_000;
    const run = await runs.create(
      id,
      sampleProposed({
        proposedAt: now,
        service: { ...service, name, cluster },
        ...(rehearsal ? { rehearsal: true } : {}),
      }),
    );
    const during = sampleMeasurement({ sent: 600, good: 600 - lost });
    const course = sampleCourse({ during })
      .slice(0, events)
      .map((event) =>
        event.type === 'approved' && run ? { ...event, digest: run.digest } : event,
      );
    await runs.transact(id, () => ({ events: course, outcome: undefined }));
    now = endedAt;
    if (ends) await append(id, () => ({ events: [end], outcome: undefined }));
    now += 1_000;
    if (late) await runs.transact(id, () => ({ events: [disallowed], outcome: undefined }));
    return id;
  }

  /** What was read of whole runs before there were charges. */
  async function fold(filter: ChargeFilter) {
    reader ??= open();
    return foldCharges(await reader.list({ phases: ['ended'], limit: 100_000 }), filter);
  }

  const sort = (charges: readonly { at: number; ms: number }[]) =>
    charges.toSorted((one, other) => one.at - other.at || one.ms - other.ms);

  test('are what whole runs add up to, of any history, service and span', async () => {
    const histories = fc.array(story, { minLength: 1, maxLength: 5 });
    const compared: number[] = [];
    // Whatever is drawn, there is something to compare.
    await tell({});
    await fc.assert(
      fc.asyncProperty(histories, fc.array(asked, { maxLength: 4 }), async (stories, filters) => {
        for (const one of stories) await tell(one);
        for (const filter of [everything(), ...filters]) {
          const charges = await open().charges(filter);
          const folded = await fold(filter);
          expect(sort(charges)).toEqual(sort(folded));
          expect(sumCharges(sort(charges))).toBe(sumCharges(sort(folded)));
          compared.push(charges.length);
        }
      }),
      { numRuns: 10, endOnFailure: true },
    );
    expect(Math.max(...compared)).toBeGreaterThan(0);
    expect(await open().verify()).not.toHaveProperty('problem');
  });

  test('are read without reading a run', async () => {
    await tell({ service: 'quick' });
    const runs = open();
    wholes = 0;
    expect(await runs.charges(everything('quick'))).toEqual([{ at: startOfTime, ms: 10_000 }]);
    expect(wholes).toBe(0);
  });

  test('that an earlier version wrote nothing of are filled in from the journal', async () => {
    const runs = open();
    const asEarlier: RunRepository['transact'] = async (id, decide) => {
      const run = foldRun(await runs.chain(id));
      const { events, outcome } = decide(run, { now, activeRuns: [] });
      const charges = { write: () => Promise.resolve() };
      await db.transaction().execute(async (transaction) => {
        await lockDecisions(transaction);
        await appendEvents(run, events, { sql: transaction, sha256, now, charges });
      });
      return { run, outcome };
    };
    for (const endedAt of [startOfTime, startOfTime + 1])
      await tell({ service: 'earlier', endedAt }, runs, asEarlier);
    const charges = [
      { at: startOfTime, ms: 10_000 },
      { at: startOfTime + 1, ms: 10_000 },
    ];
    expect(sort(await open().charges(everything('earlier')))).toEqual(charges);
    await sql`update charges set seal = null where service = 'earlier'`.execute(db);
    await open().fillCharges(new AbortController().signal);
    wholes = 0;
    expect(await open().charges(everything('earlier'))).toEqual(charges);
    expect(wholes).toBe(0);
  });

  test('that somebody changed, or sealed with another key, are read from the journal', async () => {
    await tell({ service: 'changed' });
    const right = [{ at: startOfTime, ms: 10_000 }];
    const isRight = async () => expect(await open().charges(everything('changed'))).toEqual(right);
    await sql`update charges set ms = 1 where service = 'changed'`.execute(db);
    expect((await open().verify()).differences).toMatchObject([
      { field: 'charge ms', journal: '10000', row: '1' },
    ]);
    await isRight();
    expect(await open().verify()).not.toHaveProperty('problem');
    expect(await open('two').charges(everything('changed'))).toEqual(right);
    await isRight();
  });

  test('that somebody took away or gave to another service are named by an audit, and rebuilt', async () => {
    const id = await tell({ service: 'hidden' });
    const hide = [
      [sql`update charges set service = 'nobody' where run_id = ${id}`, 'charge service'],
      [sql`delete from charges where run_id = ${id}`, 'charge'],
    ] as const;
    for (const [statement, field] of hide) {
      await statement.execute(db);
      expect(await open().charges(everything('hidden'))).toEqual([]);
      const { differences, problem } = await open().verify();
      expect(differences).toMatchObject([{ runId: id, field }]);
      expect(problem).toMatchObject({ runId: id });
      expect(await rebuildRows({ sql: db, sha256 })).toEqual(differences);
      expect(await open().charges(everything('hidden'))).toHaveLength(1);
      expect(await open().verify()).not.toHaveProperty('problem');
    }
  });

  test('are not asked for in a database that an earlier version wrote last', async () => {
    const whole = await open().verify();
    await sql`alter table charges rename to charges_later`.execute(db);
    expect(await open().verify()).toEqual(whole);
    expect(await rebuildRows({ sql: db, sha256 })).toEqual([]);
    await sql`alter table charges_later rename to charges`.execute(db);
  });
});
