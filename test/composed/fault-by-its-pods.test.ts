import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Report } from '../../src/reports/report.ts';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { start } from '../support/composed/long-fault.ts';
import { openReport } from '../support/composed/open-report.ts';
import { until } from '../support/composed/talk.ts';
import { addPod } from '../lab/kubernetes-api/api-fixture.ts';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      // A busy machine may not measure half of a shorter baseline.
      const changed = { guards: { lostSight: '2m' }, baseline: '10s' };
      Object.assign(experiments['pod-failure'] ?? {}, changed);
      experiments['pod-kill'] = { ...experiments['pod-failure'], fault: 'pod-kill' };
    },
  });
});
afterEach(() => {
  bot.azure.heal();
  bot.kubernetes.heal();
});
afterAll(() => bot.close());

async function readReport(runId: string): Promise<Report> {
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 150_000);
  return JSON.parse(await openReport(bot, summary, 'json')) as Report;
}

const faultOf = ({ phases }: Report) => phases.find(({ name }) => name === 'fault');

/** Azure says that executions end so much later than they do, and tells it then. */
function endLate(lateMs: number): void {
  bot.azure.refuse(/GET .*\/executions/, {
    rewrite: (answer) =>
      answer.replaceAll(
        /"status":"Success"(?<between>[^{}]*?)"stoppedAt":"(?<time>[^"]+)"/g,
        (_all, between: string, time: string) => {
          const stoppedAt = Date.parse(time) + lateMs;
          return Date.now() < stoppedAt
            ? `"status":"Running"${between}"stoppedAt":"0001-01-01T00:00:00Z"`
            : `"status":"Success"${between}"stoppedAt":"${new Date(stoppedAt).toISOString()}"`;
        },
      ),
  });
}

test('a fault ends when its pods are rid of it, where Azure records its end later', async () => {
  endLate(7_000);
  const runId = await bot.startRun();
  await until('a pod that fails', () => bot.failed.size > 0);
  await until('its return', () => bot.failed.size === 0);
  const restoredAt = Date.now();
  const { endedAt = 0 } = faultOf(await readReport(runId)) ?? {};
  expect(Math.abs(endedAt - restoredAt)).toBeLessThan(3_000);
});

/** Azure says that it prepares the fault until `isOver`. */
function prepareUntil(isOver: () => boolean): void {
  bot.azure.refuse(/GET .*\/executions/, {
    rewrite: (answer) => (isOver() ? answer : answer.replaceAll('"Running"', '"WaitingToStart"')),
  });
}

test('a pod that somebody deletes while Azure prepares the fault neither dates it nor is its pod', async () => {
  const starts = bot.azure.find(start).length;
  const prepared = { isOver: false };
  prepareUntil(() => prepared.isOver);
  const runId = await bot.startRun('run pod-kill');
  await bot.azure.until(start, starts + 1);
  bot.store.delete('pods', { namespace: 'default', name: 'diabetes-b' });
  addPod(bot.store, { name: 'diabetes-d', nodeName: 'node-1' });
  await delay(7_000);
  prepared.isOver = true;
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  const killedAt = Date.now();
  bot.store.delete('pods', { namespace: 'default', name: 'diabetes-a' });
  addPod(bot.store, { name: 'diabetes-e', nodeName: 'node-1' });
  const report = await readReport(runId);
  expect(report.fault.injection?.hit.map(({ pod }) => pod)).toEqual(['diabetes-a']);
  expect(faultOf(report)?.startedAt).toBeGreaterThan(killedAt - 3_000);
});

test('pods are looked at before a fault is judged that went by while the bot was away', async () => {
  const starts = bot.azure.find(start).length;
  const runId = await bot.startRun('run pod-kill');
  await bot.azure.until(start, starts + 1);
  await bot.restart(async () => {
    await delay(5_000);
    bot.store.delete('pods', { namespace: 'default', name: 'diabetes-c' });
    addPod(bot.store, { name: 'diabetes-f', nodeName: 'node-0' });
    await delay(15_000);
    // The cluster answers late, and Azure has said by then that the fault is over.
    bot.kubernetes.refuse(/GET .*\/pods/, { afterMs: 3_000 });
  });
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 150_000);
  expect(text).not.toContain('Void');
  expect(text).toContain('Inconclusive');
});
