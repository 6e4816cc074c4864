import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import {
  pause,
  reason,
  restorePod,
  saysGone,
  startFailedExecution,
} from '../support/composed/failed-execution.ts';
import { hasEnded, until } from '../support/composed/talk.ts';

let bot: ComposedBot;
let runId: string;
let pod: string;
beforeAll(async () => {
  ({ bot, runId, pod } = await startFailedExecution());
});
afterAll(() => bot.close());

test('an execution that failed confirms nothing, and the pod is watched until the fault is gone', async () => {
  const alert = await bot.untilSaid(/The fault was not removed/);
  expect(alert.text).toContain(`The fault is still on ${pod} (running ${pause}).`);
  expect(alert.text).toContain(`Azure: ${reason}`);
  expect(alert.text).toContain(`kubectl -n default delete pod ${pod}`);
  await bot.untilSaid(new RegExp(`Execution failed, watching the pods[^]*${runId}`));
  expect(saysGone(bot)).toBe(false);
  await delay(4_000);
  expect(hasEnded(bot, runId)).toBe(false);
  restorePod(bot, pod);
  await until('the end', () => hasEnded(bot, runId));
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(summary.text).toMatch(/Failed · Inconclusive/);
  expect(summary.text).not.toContain('still on');
});
