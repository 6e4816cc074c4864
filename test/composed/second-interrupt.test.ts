import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { approveRun, prepareBotProcess, type BotProcess } from '../support/composed/bot-process.ts';
import { cancel, start } from '../support/composed/long-fault.ts';

let bot: BotProcess;
beforeAll(async () => {
  bot = await prepareBotProcess(({ experiments }) => {
    // The absence between the two processes counts as time without sight, and a busy machine is long about it.
    const guards = { lostSight: '5m' };
    Object.assign(experiments['pod-failure'] ?? {}, { duration: '5m', guards });
  });
  await bot.start();
});
afterAll(() => bot.close());

test('a second Ctrl-C ends the process at once with 1, and no fault is left out of the journal', async () => {
  // Azure starts the fault, and both interrupts come before its answer.
  bot.azure.refuse(start, 'silence', 1);
  const runId = await approveRun(bot);
  await bot.azure.until(start, 1);
  bot.signal('SIGINT');
  await bot.untilWritten(/"Ending: /);
  bot.signal('SIGINT');
  expect(await bot.ended()).toBe(1);
  expect(bot.output()).not.toMatch(/did not end cleanly|uncaught/i);

  bot.azure.heal();
  await bot.start();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  await bot.say('stop');
  await bot.azure.until(cancel);
  await bot.untilSaid(new RegExp(`■ Stopped[^]*${runId}`));
  expect(bot.azure.find(start)).toHaveLength(1);
  expect(bot.failed.size).toBe(0);
  await bot.say(`audit ${runId}`);
  const { text } = await bot.untilSaid(/start-requested/);
  expect(text).toMatch(/started[^]*fault-active[^]*cancel-requested/);
  await bot.say('audit');
  await bot.untilSaid(/unchanged|are what was written|Verified/);
}, 300_000);
