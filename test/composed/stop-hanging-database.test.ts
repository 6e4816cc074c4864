import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readData, type ComposedBot } from '../support/composed/composed-bot.ts';
import { cancel, robin, start } from '../support/composed/long-fault.ts';
import {
  channel,
  countCancels,
  experiments,
  injectFaultIn,
  otherChannel,
  startRunIn,
  startSeveralRunsBot,
  toPlace,
  untilShown,
} from '../support/composed/several-runs.ts';
import { startStallingProxy, type StallingProxy } from '../support/composed/stalling-proxy.ts';
import { alex, priya } from '../support/composed/teams.ts';
import { serverDatabase } from '../support/databases.ts';

const [first, second, third] = experiments;
const patienceMs = 240_000;
const listExperiments = /GET .*\/experiments\?/;
const database = serverDatabase();
let proxy: StallingProxy;
let bot: ComposedBot;

beforeAll(async () => {
  const { databaseUrl = '' } = await database.start();
  const url = new URL(databaseUrl);
  proxy = await startStallingProxy(Number(url.port));
  url.port = String(proxy.port);
  bot = await startSeveralRunsBot({ DATABASE_URL: url.href });
});
afterAll(async () => {
  proxy.flow();
  await bot.close();
  await proxy.close();
  await database.stop();
});

/** What was said in a conversation, oldest first. */
const saidIn = (conversationId: string) =>
  bot.said().filter((said) => said.conversationId === conversationId);

describe('while the database hangs', () => {
  test(
    'two stops at once are both answered, and what Azure says later is told',
    async () => {
      const places = ['19:one@thread.tacv2', '19:two@thread.tacv2'].map((id) =>
        toPlace(id, 'channel'),
      );
      const lists = bot.azure.find(listExperiments).length;
      bot.azure.refuse(listExperiments, { afterMs: 20_000 }, 2);
      proxy.stall();
      await Promise.all(places.map((place) => bot.say('stop', robin, place)));
      await bot.azure.until(listExperiments, lists + 2);
      // Azure answers after 20 s: whoever waited for it would have nothing to say before.
      for (const { conversation } of places) {
        await bot.connector.until(encodeURIComponent(conversation.id), 1);
        const [answer] = saidIn(conversation.id);
        expect(answer?.text).toMatch(/The database does not answer[^]*Azure has not said yet/);
      }
      await bot.untilSaid(/Azure has answered\. Nothing else was running/);
      proxy.flow();
    },
    patienceMs,
  );

  test(
    'a freeze says that it was not recorded, ends faults, and nothing starts, also when the database is back',
    async () => {
      const faulty = await injectFaultIn(bot, channel, first);
      const waiting = await startRunIn(bot, otherChannel, second);
      await untilShown(bot, waiting, /Measuring the baseline/);
      await bot.say(`run ${third}`, alex, otherChannel);
      const proposal = await bot.untilSaid(/Waiting for approval/);
      const approve = readData(proposal.body, 'run.approve') ?? {};
      const [starts, cancels] = [bot.azure.find(start).length, countCancels(bot, first)];

      proxy.stall();
      await bot.say('freeze', robin, channel);
      await bot.azure.until(cancel, cancels + 1);
      const answer = await bot.untilSaid(/the freeze is not recorded yet/);
      expect(answer.text).toMatch(/The database does not answer/);
      expect(answer.text).toContain(faulty);
      await bot.click('run.approve', approve, priya, otherChannel);

      proxy.flow();
      await untilShown(bot, faulty, /■ Stopped/);
      await untilShown(bot, waiting, /■ Stopped/);
      expect(bot.azure.find(start).length - starts).toBe(0);
      expect(bot.failed.size).toBe(0);
    },
    patienceMs,
  );
});
