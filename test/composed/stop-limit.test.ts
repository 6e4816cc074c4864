import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database.ts';
import { readData, type ComposedBot } from '../support/composed/composed-bot.ts';
import { cancel, listMentioned, robin } from '../support/composed/long-fault.ts';
import {
  channel,
  countCancels,
  experiments,
  injectFaultIn,
  startSeveralRunsBot,
  toPlace,
  untilShown,
} from '../support/composed/several-runs.ts';
import { alex, priya } from '../support/composed/teams.ts';

const flood = toPlace('19:flood@thread.tacv2', 'channel');
/** What Azure allows in five minutes. */
const mostCancels = 100;
const [first, second] = experiments;

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startSeveralRunsBot();
  await proposeMany();
  await bot.restart(alterJournals);
});
afterAll(() => bot.close());

/** As many proposals as Azure allows cancels. */
async function proposeMany(): Promise<void> {
  const posts = `POST /v3/conversations/${encodeURIComponent(flood.conversation.id)}/activities`;
  for (let index = 0; index < mostCancels; index += 1) {
    // A person of its own every ten: commands are counted by person.
    const person = {
      aadObjectId: `66666666-0000-4000-8000-${String(Math.floor(index / 10)).padStart(12, '0')}`,
      name: `Person ${Math.floor(index / 10)}`,
    };
    await bot.say(`run ${first}`, person, flood);
  }
  await bot.connector.until(posts, mostCancels, 120_000);
}

/** Changes the journals by hand: what they say of faults can't be relied on, so a stop sends a cancel for each of these proposals. */
async function alterJournals(): Promise<void> {
  const database = await openDatabase({ dataDir: join(bot.folder, 'data') });
  try {
    await sql`alter table journal disable trigger user`.execute(database.sql);
    await sql`update journal set event = replace(event, '"mode":"one"', '"mode":"all"')`.execute(
      database.sql,
    );
    await sql`alter table journal enable trigger user`.execute(database.sql);
  } finally {
    await database.close();
  }
}

/** Stops the altered proposals, a few at a time, so that the database names them in time; on a busy machine it may not, and they are stopped once more. */
async function useUpCancels(): Promise<void> {
  const runIds = bot
    .said()
    .filter(({ conversationId }) => conversationId === flood.conversation.id)
    .flatMap(({ body }) => readData(body, 'run.approve')?.runId ?? []);
  const named = 5;
  for (let round = 0; round < 4 && bot.azure.find(cancel).length < mostCancels; round += 1) {
    for (let from = 0; from < runIds.length; from += named)
      await bot.say(`stop ${runIds.slice(from, from + named).join(' ')}`, robin, flood);
    await bot.azure.until(cancel, mostCancels, 40_000).catch(() => undefined);
  }
  await bot.azure.until(cancel, mostCancels, 40_000);
}

describe('when the cancels that Azure allows in five minutes are used up', () => {
  test('a stop says that it waits, until when, and how to end the fault by hand', async () => {
    await useUpCancels();
    const runId = await injectFaultIn(bot, channel, second);
    await bot.say('stop', robin, channel);

    const answer = await bot.untilSaid(new RegExp(`Stopping 1 run[^]*The stop of ${runId} waits`));
    expect(answer.text).toMatch(/waits until \d\d:\d\d:\d\d UTC/);
    expect(answer.text).toMatch(/Azure allows 100 cancels in five minutes/);
    expect(answer.text).toMatch(/choose Stop/);

    const alert = await bot.untilSaid(new RegExp(`✖ The stop waits until[^]*${runId}`));
    expect(alert.text).toMatch(/sent at \d\d:\d\d:\d\d UTC at the earliest/);
    expect(alert.text).toMatch(/The fault continues until \d\d:\d\d:\d\d UTC/);
    expect(alert.text).toMatch(/choose Stop/);
    expect(JSON.stringify(alert.body)).toContain('https://portal.azure.com/#resource/');
    expect(listMentioned(alert)).toEqual([alex.aadObjectId, priya.aadObjectId]);

    await untilShown(bot, runId, /Azure has not accepted the stop, the fault continues/);
    expect(countCancels(bot, second)).toBe(0);

    await bot.say('freeze', robin, channel);
    const frozen = await bot.untilSaid(/Frozen[^]*These runs are being stopped/);
    expect(frozen.text).toMatch(new RegExp(`The stop of ${runId} waits until`));
    expect(bot.azure.find(cancel)).toHaveLength(mostCancels);
    const alerts = bot.said().filter(({ text }) => text.includes('✖ The stop waits until'));
    expect(alerts.filter(({ text }) => text.includes(runId))).toHaveLength(1);
  });
});
