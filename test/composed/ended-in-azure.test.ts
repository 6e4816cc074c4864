import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { endInAzure, restorePod } from '../support/composed/failed-execution.ts';
import { cancel, injectFault, startLongFaultBot } from '../support/composed/long-fault.ts';
import { hasEnded, until } from '../support/composed/talk.ts';

/** What is told of an execution ends it for the bot only, so each test has a Chaos Studio of its own. */
let bot: ComposedBot;
beforeEach(async () => {
  bot = await startLongFaultBot();
});
afterEach(() => bot.close());

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

test('a fault that Azure would not end for a person, and that somebody cancelled there, was not stopped here', async () => {
  const runId = await injectFault(bot);
  const [pod = ''] = bot.failed;
  const asked = bot.azure.find(cancel).length;
  const body = { error: { code: 'AuthorizationFailed', message: 'No.' } };
  bot.azure.refuse(cancel, { status: 403, body });
  await bot.say(`stop ${runId}`);
  await bot.azure.until(cancel, asked + 1);
  await bot.untilSaid(new RegExp(`Azure has not accepted the stop[^]*${runId}`));
  restorePod(bot, pod);
  endInAzure(bot, 'Cancelled');
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(text).toContain('The run was stopped, but Azure did not accept to end the fault, and');
  expect(text).toContain('somebody cancelled its execution there');
  expect(text).toContain('Find out why Azure did not end the fault');
  expect(text).not.toMatch(/Stopped after|not as approved/);
});
