import { randomBytes } from 'node:crypto';
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { sql as raw } from 'kysely';
import type { RunId } from '../../src/domain/ids.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import {
  auditJournal,
  readHistory,
  readSummaries,
  type ReadDeps,
} from '../../src/runs/read-runs.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { serverDatabase } from '../../test/support/databases.ts';
import { openToAll } from '../../test/support/open-to-all.ts';
import { origin, proposer, sampleProposed, sha256 } from '../../test/support/proposal.ts';
import type { Comparison } from '../comparison.ts';
import { seedHistory } from './seed-history.ts';

export type HistoryOptions = {
  readonly runs: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
};

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
const services = 20;
const by = proposer;
const { conversationId } = origin;
const monthMs = 30 * 24 * 3_600_000;

/**
 * Answers that must not grow with what is stored, on a PostgreSQL server with many runs: each next to a plain read of its rows there, by turns, so that both
 * meet the same weather. Also measures how long each keeps the event loop.
 */
export async function measureHistory(options: HistoryOptions): Promise<Comparison[]> {
  const { runs, rounds, say } = options;
  const place = serverDatabase();
  const where = await place.start();
  const sealKey = randomBytes(32);
  const database = await openDatabase(where);
  try {
    await migrate(database.sql);
    const seeds = { sql: database.sql, sealKey, runs, services, until: Date.now() };
    const entries = await seedHistory(seeds);
    say(`${runs} runs with ${entries} entries are written.`);
    const started = performance.now();
    const store = await openStore({ ...where, clock, sha256, log: silent, sealKey });
    say(`The store is open after ${Math.round(performance.now() - started)} ms.`);
    try {
      const whole = await measureWhole(store);
      say(`Verified as a whole in ${Math.round(whole.ms)} ms, longest stall ${whole.stallMs} ms.`);
      return await measureAnswers(store, database, { rounds, runs, say });
    } finally {
      await store.close();
    }
  } finally {
    await database.close();
    await place.stop();
  }
}

async function measureWhole({ runs }: Store) {
  const stall = watchLoop();
  const startedAt = performance.now();
  const { problem } = await runs.verify();
  if (problem) throw new Error(`The seeded journal is not sound: ${JSON.stringify(problem)}`);
  return { ms: performance.now() - startedAt, stallMs: stall() };
}

type Answer = {
  readonly name: string;
  readonly ask: () => Promise<unknown>;
  readonly plain: () => Promise<unknown>;
};

async function measureAnswers(
  store: Store,
  database: Database,
  { rounds, runs, say }: HistoryOptions,
): Promise<Comparison[]> {
  const measured: Comparison[] = [];
  for (const { name, ask, plain } of listAnswers(store, database, runs)) {
    const [ours, theirs] = [createHistogram(), createHistogram()];
    const stalls = { ours: 0, theirs: 0 };
    await ask();
    for (let round = 0; round < rounds; round += 1) {
      const plainStall = watchLoop();
      theirs.record(await time(plain));
      stalls.theirs = Math.max(stalls.theirs, plainStall());
      const stall = watchLoop();
      ours.record(await time(ask));
      stalls.ours = Math.max(stalls.ours, stall());
    }
    say(
      `${name}: p99 ${(ours.percentile(99) / 1_000).toFixed(1)} ms, longest stall ${stalls.ours} ms; a plain read ${(theirs.percentile(99) / 1_000).toFixed(1)} ms, ${stalls.theirs} ms.`,
    );
    for (const percentile of [50, 99])
      measured.push({
        name: `${name} at ${runs} runs, p${percentile}`,
        unit: 'ms, less is better',
        peer: 'a plain read',
        ours: ours.percentile(percentile) / 1_000,
        theirs: theirs.percentile(percentile) / 1_000,
        notes: { rounds, longestStallMs: stalls.ours, plainStallMs: stalls.theirs },
      });
  }
  return measured;
}

function listAnswers(store: Store, { sql }: Database, runs: number): readonly Answer[] {
  const deps: ReadDeps = { ...openToAll, runs: store.runs, active: new ActiveRuns(), clock };
  const size = 15;
  const page = () => 1 + Math.floor(Math.random() * Math.min(100, runs / size));
  const rows = (count: number, offset = 0) =>
    raw`select * from runs where conversation_id = ${conversationId}
      order by proposed_at desc limit ${count} offset ${offset}`.execute(sql);
  let written = 0;
  return [
    {
      name: 'the first page of the history',
      ask: () => readHistory({ by, conversationId, page: 1, size }, deps),
      plain: () => rows(size),
    },
    {
      name: 'any of 100 pages of the history',
      ask: () => readHistory({ by, conversationId, page: page(), size }, deps),
      plain: () => rows(size, page() * size),
    },
    {
      name: 'the summary of the last run',
      ask: () => readSummaries({ by, conversationId }, deps),
      plain: () => rows(1),
    },
    {
      name: 'the summary of today',
      ask: () => readSummaries({ by, conversationId, span: 'today' }, deps),
      plain: () => rows(288),
    },
    {
      name: 'what a service has spent in 30 days',
      ask: () => store.runs.charges({ ...service, since: Date.now() - monthMs }),
      plain: () =>
        raw`select * from charges where cluster = ${service.cluster}
          and service = ${service.service} and ended_at > ${Date.now() - monthMs}`.execute(sql),
    },
    {
      name: 'an audit after one more proposal',
      ask: async () => {
        await store.runs.create(`r-${(written += 1)}-bench` as RunId, sampleProposed());
        return auditJournal({ by }, deps);
      },
      plain: () => rows(1),
    },
    {
      name: 'the health of the store',
      ask: () => store.check(),
      plain: () => raw`select 1`.execute(sql),
    },
  ];
}

const service = { cluster: sampleProposed().proposal.service.cluster, service: 'service-0' };

/** In microseconds, as histograms hold whole numbers. */
async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return Math.max(1, Math.round((performance.now() - startedAt) * 1_000));
}

/** Watches the event loop until the function it gives is called, which gives the longest time, ms, that the loop was kept beyond the tick of the watch. */
function watchLoop(): () => number {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return () => {
    delay.disable();
    return Math.max(0, Math.round(delay.max / 1e6) - 1);
  };
}
