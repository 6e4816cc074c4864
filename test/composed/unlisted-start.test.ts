import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { cancel, start, startLongFaultBot } from '../support/composed/long-fault.ts';

/** Azure starts a fault, its answer is lost, and its lists do not show the execution. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startLongFaultBot();
});
afterAll(() => bot.close());

test('a fault that shows on pods is ended, though Azure lists no execution of its start', async () => {
  bot.azure.refuse(start, 'lose', 1);
  bot.azure.refuse(/GET .*\/executions\?/, { rewrite: () => '{"value":[]}' });
  const runId = await bot.startRun();
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 240_000);
  expect(text).toMatch(/Azure lists no execution of this start, but its fault was seen: diabetes-/);
  expect(text).toMatch(/Failed · Inconclusive/);
  expect(text).not.toMatch(/nothing was injected/i);
  expect(bot.azure.find(start)).toHaveLength(1);
  expect(bot.azure.find(cancel).length).toBeGreaterThan(0);
}, 300_000);
