import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { until } from '../support/composed/talk.ts';

/** Azure takes a start and does not say what came of it. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      const guards = { consecutiveFailures: 10, lostSight: '2m' };
      Object.assign(experiments['pod-failure'] ?? {}, { guards });
    },
  });
});
afterEach(() => {
  bot.azure.heal();
  bot.scoring.heal();
});
afterAll(() => bot.close());

const start = /POST .*\/start\?/;
const cancel = /POST .*\/cancel\?/;
const reads = /^GET /;

test('a guard that trips before the execution is known ends the fault, and once more when it is', async () => {
  const runId = await bot.startRun();
  await bot.azure.until(start, 1);
  bot.azure.refuse(reads, { status: 503 });
  bot.scoring.refuse('POST', { status: 503 });
  await bot.azure.until(cancel, 1);
  expect(bot.logged.filter(({ msg }) => /looking for what it brought about/.test(msg))).toEqual([]);
  const named = () => bot.logged.some(({ msg }) => msg === 'Azure has started the experiment.');
  expect(named()).toBe(false);
  bot.azure.heal();
  bot.scoring.heal();
  await until('the name of the execution', named);
  const asked = bot.azure.find(cancel).length;
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 150_000);
  expect(text).toMatch(/Aborted/);
  expect(bot.failed.size).toBe(0);
  expect(bot.azure.find(cancel).length).toBeGreaterThan(asked);
  expect(bot.azure.find(start)).toHaveLength(1);
});
