import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComposedBot } from '../support/composed/composed-bot.ts';
import {
  pause,
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

test('a fault that nobody removes is still on at the end, and never confirmed gone', async () => {
  await until('the end', () => hasEnded(bot, runId));
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(summary.text).toContain(
    `When the run ended, the fault was still on ${pod} (running ${pause}).`,
  );
  expect(summary.text).toContain(`kubectl -n default delete pod ${pod}`);
  expect(summary.text).not.toMatch(/Held|Deviated/);
  expect(saysGone(bot)).toBe(false);
});

test('it is watched after the run, and people are told when its pod is rid of it', async () => {
  const news = new RegExp(`The fault is gone[^]*${runId}[^]*It was removed by`);
  expect(bot.said().some(({ text }) => news.test(text))).toBe(false);
  restorePod(bot, pod);
  await bot.untilSaid(news, 30_000);
  await bot.untilSaid(
    new RegExp(`Summary ·[^]*The fault that was left behind is gone: removed by`),
    30_000,
  );
});
