import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { endInAzure, restorePod } from '../support/composed/failed-execution.ts';
import { injectFault, startLongFaultBot } from '../support/composed/long-fault.ts';
import { hasEnded, until } from '../support/composed/talk.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startLongFaultBot();
});
afterAll(() => bot.close());

test('a fault that a finished execution leaves on its pod is not said to be gone while it is there', async () => {
  const runId = await injectFault(bot);
  const [pod = ''] = bot.failed;
  endInAzure(bot, 'Success');
  await bot.untilSaid(new RegExp(`The fault was not removed[^]*${runId}`), 90_000);
  const card = await bot.untilSaid(new RegExp(`Execution over, watching the pods[^]*${runId}`));
  expect(card.text).not.toContain('Fault gone');
  restorePod(bot, pod);
  await until('the end', () => hasEnded(bot, runId));
});
