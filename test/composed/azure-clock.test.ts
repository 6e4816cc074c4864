import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Report } from '../../src/reports/report.ts';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { openReport } from '../support/composed/open-report.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterEach(() => bot.azure.heal());
afterAll(() => bot.close());

/** From now on Azure tells the times of executions by a clock that is ahead by so much. */
function setAzureClock(aheadMs: number): void {
  const shift = (_all: string, name: string, time: string) =>
    `"${name}":"${new Date(Date.parse(time) + aheadMs).toISOString()}"`;
  bot.azure.refuse(/GET .*\/executions/, {
    rewrite: (answer) => answer.replaceAll(/"(startedAt|stoppedAt)":"([^"]+)"/g, shift),
  });
}

test.each([60_000, -60_000])(
  'a fault that was seen is not void when the clock of Azure is ahead by %d ms, and lasts as long as it did',
  async (aheadMs) => {
    setAzureClock(aheadMs);
    const runId = await bot.startRun();
    const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
    expect(summary.text).toContain('Held');
    const { phases, fault } = JSON.parse(await openReport(bot, summary, 'json')) as Report;
    const { startedAt = 0, endedAt = 0 } = phases.find(({ name }) => name === 'fault') ?? {};
    expect(endedAt - startedAt).toBeGreaterThan(10_000);
    expect(endedAt - startedAt).toBeLessThan(30_000);
    // Told from when things are heard, every two seconds.
    expect(Math.abs((fault.azureClockAheadMs ?? 0) - aheadMs)).toBeLessThan(15_000);
  },
);
