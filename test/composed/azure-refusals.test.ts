import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import type { Mishap } from '../support/composed/front.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterEach(() => bot.azure.heal());
afterAll(() => bot.close());

const start = /POST .*\/start\?/;
const readExperiment = /GET .*\/experiments\/chaos-marshal-pod-failure-diabetes\?/;
const writeExperiment = /PUT .*\/experiments\/chaos-marshal-pod-failure-diabetes\?/;

/** Resolves when the run has written its experiment and read it back: the next look is the last one before the start. */
async function runUntilPrepared(): Promise<string> {
  const [writes, reads] = [writeExperiment, readExperiment].map(
    (which) => bot.azure.find(which).length,
  );
  const runId = await bot.startRun();
  await bot.azure.until(writeExperiment, (writes ?? 0) + 1);
  await bot.azure.until(readExperiment, (reads ?? 0) + 1);
  return runId;
}

describe('the last look before the start', () => {
  test('is repeated while Azure stumbles, and the start is sent once', async () => {
    const runId = await runUntilPrepared();
    bot.azure.refuse(readExperiment, { status: 503 }, 2);
    bot.azure.refuse(/GET .*\/executions\?/, 'break', 1);
    await bot.untilSaid(new RegExp(`Summary of run ${runId}\\. Held`), 90_000);
    expect(bot.azure.find(start)).toHaveLength(1);
  });

  test('sends nothing after a stop that came while Azure stumbled', async () => {
    const runId = await runUntilPrepared();
    const starts = bot.azure.find(start).length;
    const looks = bot.azure.find(readExperiment).length;
    bot.azure.refuse(readExperiment, { status: 503 });
    await bot.azure.until(readExperiment, looks + 2);
    await bot.say(`stop ${runId}`);
    await bot.untilSaid(new RegExp(`Stopped.*${runId}`, 's'));
    bot.azure.heal();
    expect(bot.azure.find(start)).toHaveLength(starts);
    expect(bot.failed.size).toBe(0);
  });
});

test('what Azure refuses stands on the card with its code, its sentence and the command that helps', async () => {
  const sentence =
    "The scope '/subscriptions/s/resourceGroups/chaos' cannot perform write operation because following scope(s) are locked: '/subscriptions/s/resourceGroups/chaos'. token=hunter2 Please remove the lock.";
  const refusal: Mishap = {
    status: 409,
    body: { error: { code: 'ScopeLocked', message: sentence } },
  };
  bot.azure.refuse(writeExperiment, refusal);
  const starts = bot.azure.find(start).length;
  await bot.startRun();
  const card = await bot.untilSaid(/✖ Failed[^]*ScopeLocked/);
  expect(card.text).toContain('cannot perform write operation');
  await bot.untilSaid(
    /Summary of run[^]*ScopeLocked[^]*az lock list --resource-group chaos/,
    60_000,
  );
  expect(JSON.stringify(bot.said())).not.toContain('hunter2');
  expect(JSON.stringify(bot.logged)).not.toContain('hunter2');
  expect(bot.azure.find(start)).toHaveLength(starts);
});
