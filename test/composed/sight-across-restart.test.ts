import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { cancel, injectFault, startLongFaultBot } from '../support/composed/long-fault.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startLongFaultBot(({ experiments }) => {
    Object.assign(experiments['pod-failure'] ?? {}, { guards: { lostSight: '25s' } });
  });
});
afterAll(() => bot.close());

test('time without sight of the pods goes on counting over a restart', async () => {
  const runId = await injectFault(bot);
  const silentFrom = Date.now();
  bot.kubernetes.refuse(/GET .*\/pods\?/, 'hang');
  await delay(17_000);
  await bot.restart();
  const [cancelled] = await bot.azure.until(cancel);
  // A bot that forgot when it saw the pods last would wait for 25s from its restart on.
  expect((cancelled?.at ?? 0) - silentFrom).toBeLessThan(36_000);
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(text).toMatch(/Nothing was observed of the pods for \d+s/i);
});
