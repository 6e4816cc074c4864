import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { openReport } from '../support/composed/open-report.ts';

/** The bot is away between the end of a baseline and the request for the start: no phase that is judged has that time. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterAll(() => bot.close());

/** Writes the experiment down, for which a run waits when its baseline is over. */
const prepares = /PUT .*\/experiments\/[^/]+$/;
const predictions = /^POST /;
/** More than the baseline of five seconds has. */
const pastBaseline = 75;
const awayMs = 3_000;

test('what was due before the start while the bot was away is a gap in the summary and in every report', async () => {
  const written = Promise.withResolvers<void>();
  bot.azure.refuse(prepares, { until: written.promise });
  const runId = await bot.startRun();
  await bot.azure.until(prepares, 1);
  await bot.scoring.until(predictions, bot.scoring.find(predictions).length + pastBaseline);
  const from = Date.now();
  const restarted = bot.restart(() => delay(awayMs));
  written.resolve();
  await restarted;
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 120_000);
  expect(summary.text).toMatch(
    /Not measured \(between\)[^]*?\d+ due predictions: the bot was restarted/,
  );
  const report = JSON.parse(await openReport(bot, summary, 'json')) as {
    between?: { gaps: readonly { from: number; until: number; due: number; reason: string }[] };
    course: { gaps: readonly { from: number; reason: string }[] };
  };
  const gap = report.between?.gaps.find(({ reason }) => reason === 'restart');
  expect(gap?.from).toBeGreaterThan(from - 3_000);
  expect((gap?.until ?? 0) - (gap?.from ?? 0)).toBeGreaterThanOrEqual(awayMs);
  expect(gap?.due).toBeGreaterThanOrEqual(awayMs / 100 - 2);
  expect(report.course.gaps).toContainEqual(expect.objectContaining({ from: gap?.from }));
  expect(await openReport(bot, summary, 'md')).toMatch(
    /Between the phases: Measured \d+ of \d+ due predictions; .*the bot was restarted/,
  );
});
