import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      const hypothesis = {
        title: 'Predictions survive',
        tolerances: ['availability >= 90%'],
        // A slow machine measures less than is due; that is not what this is about.
        leastCoverage: '50%',
      };
      experiments['pod-failure'] = { ...experiments['pod-failure'], hypothesis };
    },
  });
});
afterEach(() => {
  bot.scoring.heal();
  bot.kubernetes.heal();
});
afterAll(() => bot.close());

const start = /POST .*\/start\?/;
/** Budgets are read with the pods of the proposal, and once more right before the start. */
const budgets = /GET .*\/poddisruptionbudgets/;
/** Shorter than the bot waits for Kubernetes. */
const readMs = 2_500;

test.each(['break', { status: 503 }] as const)(
  'a service that dies while pods are read after its baseline gets no fault (%j)',
  async (mishap) => {
    const runId = await bot.startRun();
    const known = bot.kubernetes.find(budgets).length;
    const read = Promise.withResolvers<void>();
    bot.kubernetes.refuse(budgets, { until: read.promise });
    await bot.kubernetes.until(budgets, known + 1);
    bot.scoring.refuse('POST', mishap);
    await delay(readMs);
    read.resolve();
    const { text } = await bot.untilSaid(new RegExp(`^(?=[^]*${runId})[^]*Nothing was injected`));
    expect(text).toMatch(/The service was not steady any more after the baseline: \d+ of \d+/);
    expect(bot.azure.find(start)).toEqual([]);
  },
);
