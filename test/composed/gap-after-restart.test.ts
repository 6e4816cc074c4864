import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Gap } from '../../src/domain/measurement.ts';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { openReport } from '../support/composed/open-report.ts';
import type { Said } from '../support/composed/teams.ts';

/** The bot is away for some seconds under a fault, which Chaos Studio ends on its own. */
let bot: ComposedBot;
let away: { readonly from: number; readonly until: number };
let summary: Said;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      Object.assign(experiments['pod-failure'] ?? {}, { guards: { lostSight: '30s' } });
    },
  });
  const runId = await bot.startRun();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  await delay(3_000);
  const from = Date.now();
  await bot.restart(() => delay(3_000));
  away = { from, until: Date.now() };
  summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 90_000);
});
afterAll(() => bot.close());

const open = (format: 'json' | 'csv' | 'md') => openReport(bot, summary, format);

test('the JSON of the report has the absence as a gap, with its reason and what was due in it', async () => {
  const { phases } = JSON.parse(await open('json')) as {
    phases: readonly {
      name: string;
      due: number;
      sent: number;
      unmeasured: Readonly<Record<string, number>>;
      gaps: readonly Gap[];
    }[];
  };
  const fault = phases.find(({ name }) => name === 'fault');
  const gap = fault?.gaps.find(({ reason }) => reason === 'restart');
  expect(gap?.from).toBeGreaterThan(away.from - 3_000);
  expect(gap?.until).toBeGreaterThan(away.from + 2_500);
  const awayMs = (gap?.until ?? 0) - (gap?.from ?? 0);
  // Ten a second, each at a random instant of its slot.
  expect(Math.abs((gap?.due ?? 0) - awayMs / 100)).toBeLessThanOrEqual(2);
  const { due = 0, sent = 0, unmeasured = {} } = fault ?? {};
  expect(due - sent).toBe(Object.values(unmeasured).reduce((sum, count) => sum + count, 0));
  expect(unmeasured['restart']).toBeGreaterThanOrEqual(25);
});

test('the CSV has a line for each prediction that was due meanwhile', async () => {
  const { phases } = JSON.parse(await open('json')) as {
    phases: readonly {
      name: string;
      startedAt: number;
      endedAt: number;
      due: number;
      unmeasured: Readonly<Record<string, number>>;
    }[];
  };
  const {
    startedAt = 0,
    endedAt = 0,
    due = 0,
    unmeasured,
  } = phases.find(({ name }) => name === 'fault') ?? {};
  const lines = (await open('csv')).trim().split('\n').slice(1);
  const samples = lines.map((line) => line.split(','));
  const under = samples.filter(([dueAt = '']) => {
    const at = Date.parse(dueAt);
    return at >= startedAt && at < endedAt;
  });
  // Written to the millisecond: one at each end may seem to be on the other side of it.
  expect(Math.abs(under.length - due)).toBeLessThanOrEqual(2);
  const restarted = under.filter(([, , outcome]) => outcome === 'restart');
  // What was measured after the last checkpoint keeps its line.
  expect(restarted.length).toBeLessThanOrEqual(unmeasured?.['restart'] ?? 0);
  expect(restarted.length).toBeGreaterThanOrEqual(25);
  expect(new Set(samples.map(([dueAt]) => dueAt)).size).toBe(samples.length);
});

test('the Markdown names it', async () => {
  expect(await open('md')).toMatch(/due predictions; .*the bot was restarted/);
});
