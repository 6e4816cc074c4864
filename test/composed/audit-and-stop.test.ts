import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { seedRuns } from '../../bench/stop/seed-runs.ts';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import {
  cancel,
  elsewhere,
  injectFault,
  robin,
  startLongFaultBot,
} from '../support/composed/long-fault.ts';
import { priya } from '../support/composed/teams.ts';

/** Several pages of entries. */
const endedRuns = 150;
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startLongFaultBot();
  const { conversation } = elsewhere;
  const { url: serviceUrl } = bot.connector;
  await bot.restart(() =>
    seedRuns({
      dataDir: join(bot.folder, 'data'),
      scoringUri: `${bot.scoring.url}/score`,
      origin: {
        conversationId: conversation.id,
        reference: { conversation, serviceUrl, channelId: 'msteams' },
      },
      active: [],
      ended: Array.from({ length: endedRuns }, (_, index) => `r-${100_000 + index}`),
    }),
  );
});
afterAll(() => bot.close(), 60_000);

test('a stop is answered before an audit of many runs that began earlier', async () => {
  await injectFault(bot);
  const audited = /journal is whole/;
  const cancels = bot.azure.find(cancel).length;
  await Promise.all([bot.say('audit', priya), bot.say('stop', robin)]);
  await bot.azure.until(cancel, cancels + 1);
  await bot.untilSaid(/Stopping 1 run/);
  expect(bot.said().filter(({ text }) => audited.test(text))).toEqual([]);
  expect((await bot.untilSaid(audited, 120_000)).text).toContain(`${endedRuns + 1} runs`);
});
