import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import {
  channel,
  injectFaultIn,
  startRunIn,
  startSeveralRunsBot,
  untilShown,
} from '../support/composed/several-runs.ts';
import { hasEnded, until } from '../support/composed/talk.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startSeveralRunsBot({ MAX_CONCURRENT_RUNS: '1' });
});
afterAll(() => bot.close());

test('runs beyond the limit wait in line, say where they stand, and begin in their order', async () => {
  const first = await injectFaultIn(bot, channel, 'pod-failure');
  const second = await startRunIn(bot, channel, 'pod-failure-2');
  await untilShown(bot, second, /next in line/);
  const third = await startRunIn(bot, channel, 'pod-failure-3');
  await untilShown(bot, third, /waits for 1 other to begin first/);

  // What only has to end waits for nobody.
  await bot.say(`stop ${second}`);
  await until('the end of the second', () => hasEnded(bot, second));
  expect(hasEnded(bot, first)).toBe(false);
  await untilShown(bot, third, /next in line/);

  await bot.say(`stop ${first}`);
  await untilShown(bot, third, /Fault active/);
  await bot.say(`stop ${third}`);
  await until('the end of the third', () => hasEnded(bot, third));
}, 300_000);
