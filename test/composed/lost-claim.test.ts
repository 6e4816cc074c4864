import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunId } from '../../src/domain/ids.ts';
import { foldRun } from '../../src/domain/run.ts';
import { openJournal, type Journal } from '../../src/store/open-journal.ts';
import { approveRun, prepareBotProcess, type BotProcess } from '../support/composed/bot-process.ts';
import { readData } from '../support/composed/composed-bot.ts';
import { cancel } from '../support/composed/long-fault.ts';
import { until } from '../support/composed/talk.ts';
import { serverDatabase } from '../support/databases.ts';
import { sha256 } from '../support/proposal.ts';

const patienceMs = 400_000;
/** Longer than a claim lasts, by the bot's own measure and by the guard that ends what is not observed. */
const standsStillMs = 40_000;
const database = serverDatabase();
let bot: BotProcess;
let journal: Journal;

beforeAll(async () => {
  const { dataDir, databaseUrl = '' } = await database.start();
  bot = await prepareBotProcess(
    (catalogue) => {
      Object.assign(catalogue.experiments['pod-failure'] ?? {}, {
        duration: '45s',
        // What the second process does not observe until it has taken over is borne; what the first one does not observe is not.
        guards: { lostSight: '45s' },
      });
    },
    { DATABASE_URL: databaseUrl },
  );
  journal = await openJournal({ dataDir, databaseUrl, sha256 });
}, patienceMs);
afterAll(async () => {
  await journal.close();
  await bot.close();
  await database.stop();
});

const eventsOf = async (runId: string) =>
  (await journal.entries(runId as RunId)).map(({ event }) => event.type);
const readRun = async (runId: string) => foldRun(await journal.entries(runId as RunId));

/** Proposes and approves another run than `before`; resolves with its id once its fault is active. */
async function startNext(before: string): Promise<string> {
  const find = () =>
    bot
      .said()
      .map(({ body }) => readData(body, 'run.approve'))
      .find((data) => data !== undefined && data.runId !== before);
  await bot.say('run pod-failure');
  await until('another proposal', () => find() !== undefined);
  const data = find() ?? { runId: '', digest: '' };
  await bot.click('run.approve', data);
  await bot.untilSaid(new RegExp(`Fault active[^]*${data.runId}`));
  return data.runId;
}

test(
  'a process that stood still while another took over leaves its run and the next one alone',
  async () => {
    await bot.start();
    const first = bot.current();
    const runId = await approveRun(bot);
    await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
    first.signal('SIGSTOP');
    const stoppedAt = Date.now();
    await bot.start();
    const second = bot.current();
    await until('the end of the run in the second process', () =>
      new RegExp(`${runId}[^\\n]*A run has ended`).test(second.output()),
    );
    const ended = await eventsOf(runId);
    const next = await startNext(runId);
    await delay(Math.max(0, stoppedAt + standsStillMs - Date.now()));
    const cancels = bot.azure.find(cancel).length;
    const before = await eventsOf(next);

    first.signal('SIGCONT');
    const lost = /Another process has taken over this run/;
    await until('the end of the next run', () =>
      new RegExp(`${next}[^\\n]*A run has ended`).test(second.output()),
    );

    expect(await eventsOf(runId)).toEqual(ended);
    expect(ended).toContain('fault-seen');
    expect((await readRun(runId)).failure).toBeUndefined();
    expect(bot.azure.find(cancel)).toHaveLength(cancels);
    expect((await eventsOf(next)).slice(0, before.length)).toEqual(before);
    expect((await readRun(next)).end?.ending).toBe('completed');
    expect(first.output().split(lost)).toHaveLength(2);
    expect(first.output()).not.toMatch(/A phase of a run failed|A run has ended/);
    expect((await journal.verify()).problem).toBeUndefined();
  },
  patienceMs,
);
