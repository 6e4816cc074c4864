import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { cancel, injectFault } from '../support/composed/long-fault.ts';
import { openReport } from '../support/composed/open-report.ts';

/** The last predictions under a fault are known to be lost only when it is over. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      const guards = { consecutiveFailures: 5, lostSight: '1m' };
      Object.assign(experiments['pod-failure'] ?? {}, { duration: '20s', guards });
    },
  });
});
afterAll(() => bot.close());

test('a guard whose condition is met only after the end of the fault ends nothing, and says so', async () => {
  const runId = await injectFault(bot);
  const [asked] = bot.azure.find(/POST .*\/start\?/);
  // The fault begins some two seconds after the request; predictions time out after five.
  const endsAt = (asked?.at ?? 0) + 22_000;
  await delay(endsAt - 3_000 - Date.now());
  bot.scoring.refuse('POST', 'hang');
  // Good ones in between would end the row before it is known.
  await delay(endsAt + 4_000 - Date.now());
  bot.scoring.heal();
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  const late =
    'The condition of a guard was met by what became known only after the fault had ended';
  expect(summary.text).toContain(late);
  expect(summary.text).not.toMatch(/Aborted|ended the fault/);
  expect(bot.azure.find(cancel)).toEqual([]);
  const report = await openReport(bot, summary, 'md');
  expect(report).toContain('Guard that ended nothing:');
  expect(report).not.toContain('Guard that ended the fault');
}, 200_000);
