import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { approveRun, type BotProcess } from '../support/composed/bot-process.ts';
import { cancel } from '../support/composed/long-fault.ts';
import { openReport } from '../support/composed/open-report.ts';
import { startProxiedProcess, type ProxiedProcess } from '../support/composed/proxied-process.ts';
import type { StallingProxy } from '../support/composed/stalling-proxy.ts';

let proxied: ProxiedProcess;
let bot: BotProcess;
let proxy: StallingProxy;

beforeAll(async () => {
  proxied = await startProxiedProcess(({ experiments }) => {
    // The time between the two processes counts as time without sight, and a busy machine is long about it.
    const guards = { lostSight: '5m' };
    Object.assign(experiments['pod-failure'] ?? {}, { duration: '5m', guards });
  });
  ({ bot, proxy } = proxied);
});
afterAll(() => proxied.close());

/** The files in which the bot keeps what the database did not take. */
const intents = () => join(bot.folder, 'data', 'intents');

/** Ends the process as a loss of its machine does, and starts another one when the database is back. */
async function killAndRestart(): Promise<void> {
  bot.signal('SIGKILL');
  await bot.ended();
  proxy.flow();
  await bot.start();
}

test('a stop that was said without the database, by a bot that was killed then, is journaled with its real time', async () => {
  const runId = await approveRun(bot);
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  proxy.refuse();
  const saidFrom = Date.now();
  await bot.say('stop');
  await bot.azure.until(cancel);
  await bot.untilSaid(/The database does not answer[^]*The journal gets this stop/);
  const saidUntil = Date.now();
  const [name = '', ...more] = await readdir(intents());
  expect(more).toEqual([]);
  expect((await stat(join(intents(), name))).mode & 0o777).toBe(0o600);
  const line = await readFile(join(intents(), name), 'utf8');
  for (const secret of [bot.token(), 'marshal:marshal', new URL(proxied.databaseUrl).port])
    expect(line).not.toContain(secret);

  await killAndRestart();
  await bot.untilSaid(new RegExp(`■ Stopped[^]*${runId}`));
  const events = await proxied.readJournal(runId);
  const stops = events.filter(({ event }) => event.type === 'stop-requested');
  expect(stops).toHaveLength(1);
  const [{ at, event } = { at: 0, event: undefined }] = stops;
  const { saidAt = 0 } = event?.type === 'stop-requested' ? event : {};
  expect(saidAt).toBeGreaterThanOrEqual(saidFrom);
  expect(saidAt).toBeLessThanOrEqual(saidUntil);
  expect(at).toBeGreaterThan(saidUntil);
  expect(events.at(-1)?.event).toMatchObject({ type: 'ended', ending: 'stopped' });
  expect(events.at(-1)?.event).not.toMatchObject({ verdict: 'held' });
  expect(await readdir(intents())).toEqual([]);

  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(summary.text).toContain('stopped by Alex Kim (recorded late)');
  const report = await openReport({ url: bot.url() }, summary, 'md');
  expect(report).toContain('Stopped by Alex Kim (recorded late).');
  await bot.say(`audit ${runId}`);
  await bot.untilSaid(/stop-requested[^]*by Alex Kim, recorded late: said/);
  await bot.say('audit');
  await bot.untilSaid(/Verified: /);
}, 400_000);

test('a freeze that was said without the database, by a bot that was killed then, holds', async () => {
  proxy.refuse();
  await bot.say('freeze incident 42');
  const { text } = await bot.untilSaid(/the freeze is not recorded yet/);
  expect(text).not.toContain('nobody knows of it');

  await killAndRestart();
  await bot.untilWritten(/The database answers|"url"/);
  await bot.say('run pod-failure');
  await bot.untilSaid(/Everything is frozen by Alex Kim: incident 42/);
  await bot.untilSaid(/Frozen by Alex Kim[^]*\(recorded late\)/);
}, 200_000);
