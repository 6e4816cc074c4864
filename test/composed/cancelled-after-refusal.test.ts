import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import { endInAzure, restorePod } from '../support/composed/failed-execution.ts';
import { cancel, injectFault, startLongFaultBot } from '../support/composed/long-fault.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startLongFaultBot();
});
afterAll(() => bot.close());

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
